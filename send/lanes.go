package send

import (
	"context"
	"sync"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// lanes are the running lanes by number. A lane that ends stays here until its goroutine is over, so that the next can wait for it.
type lanes struct {
	mu      sync.Mutex // guards running, closed and every lane's ending
	running map[string]*lane
	closed  bool
	all     sync.WaitGroup
}

// Ready starts to drain a number that can send now; package number calls it. Rows that an earlier lane left on the
// wire go first, with the same ids. A lane that still runs for the number is ended first.
func (s *Service) Ready(n wa.NumberRef, link wa.Link) { s.Start(n, link) }

// Gone ends the number's lane without waiting; package number calls it. The message in flight is settled.
func (s *Service) Gone(n wa.NumberRef) {
	s.lanes.mu.Lock()
	defer s.lanes.mu.Unlock()
	if l := s.lanes.running[n.ID]; l != nil && l.n.Epoch <= n.Epoch {
		l.end()
	}
}

// Start is Ready for any sender.
func (s *Service) Start(n wa.NumberRef, out Sender) {
	s.lanes.mu.Lock()
	defer s.lanes.mu.Unlock()
	if s.lanes.closed {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &lane{s: s, n: n, out: out, wake: make(chan struct{}, 1), stop: cancel, done: make(chan struct{})}
	before := s.lanes.running[n.ID]
	if before != nil {
		before.end()
	}
	s.lanes.running[n.ID] = l
	s.lanes.all.Go(func() {
		defer s.lanes.ended(l)
		if before != nil {
			<-before.done // two lanes of a number never send at the same time
		}
		l.run(ctx)
	})
}

// Stop is Gone, and returns when the message in flight is settled.
func (s *Service) Stop(n wa.NumberRef) {
	s.lanes.mu.Lock()
	l := s.lanes.running[n.ID]
	s.lanes.mu.Unlock()
	s.Gone(n)
	if l != nil {
		<-l.done
	}
}

// Wake tells a number's lane that something may be due. Where the lane runs on another node, the bus carries the call there.
func (s *Service) Wake(number string) {
	s.lanes.mu.Lock()
	defer s.lanes.mu.Unlock()
	if l := s.lanes.running[number]; l != nil {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// ready reports whether the number has a lane here.
func (l *lanes) ready(number string) (wa.NumberRef, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.running[number]; one != nil && !one.ending {
		return one.n, true
	}
	return wa.NumberRef{}, false
}

// ended forgets a lane whose goroutine is over.
func (l *lanes) ended(one *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one.end()
	close(one.done)
	if l.running[one.n.ID] == one {
		delete(l.running, one.n.ID)
	}
}

// close stops every lane and waits for them.
func (l *lanes) close() {
	l.mu.Lock()
	l.closed = true
	for _, one := range l.running {
		one.end()
	}
	l.mu.Unlock()
	l.all.Wait()
}

func isFenced(err error) bool { return fault.ReasonOf(err) == "lease_lost" }
