package bus

import (
	"context"
	"errors"
	"sync"
)

// QueueSize is how many signals wait for a slow handler before further ones are lost.
const QueueSize = 1024

// ErrClosed is what a closed bus answers.
var ErrClosed = errors.New("bus: closed")

// ErrInvalid is what a malformed subject, or a payload over MaxPayload, gets.
var ErrInvalid = errors.New("bus: malformed subject or payload too large")

// Local is the bus of a single process. Make it with NewLocal.
type Local struct {
	mu     sync.RWMutex
	subs   map[*subscription]struct{}
	closed bool
}

type subscription struct {
	pattern string
	queue   chan Signal
	stop    context.CancelFunc
	done    chan struct{}
}

// NewLocal makes a bus.
func NewLocal() *Local { return &Local{subs: make(map[*subscription]struct{})} }

// Publish implements Bus. It never waits.
func (l *Local) Publish(_ context.Context, subject string, payload []byte) error {
	if !ValidSubject(subject) || len(payload) > MaxPayload {
		return ErrInvalid
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return ErrClosed
	}
	for s := range l.subs {
		if Match(s.pattern, subject) {
			select {
			case s.queue <- Signal{Subject: subject, Payload: payload}:
			default: // full: lost, as the contract says
			}
		}
	}
	return nil
}

// Subscribe implements Bus.
func (l *Local) Subscribe(pattern string, handle Handler) (func(), error) {
	if !ValidPattern(pattern) {
		return nil, ErrInvalid
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &subscription{pattern: pattern, queue: make(chan Signal, QueueSize), stop: stop, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		stop()
		return nil, ErrClosed
	}
	l.subs[s] = struct{}{}
	go s.loop(ctx, handle)
	return func() { l.remove(s) }, nil
}

// Close ends all subscriptions and waits for their handlers.
func (l *Local) Close() error {
	l.mu.Lock()
	l.closed = true
	all := make([]*subscription, 0, len(l.subs))
	for s := range l.subs {
		all = append(all, s)
	}
	l.mu.Unlock()
	for _, s := range all {
		l.remove(s)
	}
	return nil
}

func (l *Local) remove(s *subscription) {
	l.mu.Lock()
	delete(l.subs, s)
	l.mu.Unlock()
	s.stop()
	<-s.done
}

func (s *subscription) loop(ctx context.Context, handle Handler) {
	defer close(s.done)
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-s.queue:
			if ctx.Err() != nil {
				return
			}
			handle(ctx, signal)
		}
	}
}
