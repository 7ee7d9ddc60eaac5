// Package nats carries the bus over a NATS server, for a cluster of nodes.
//
// Core NATS only: nothing is stored and nothing is acknowledged, since the bus may lose
// anything and the database is the truth. A server that is away makes signals get lost,
// not callers wait; the connection comes back by itself. All subjects are under one
// prefix, so that several installations can share a server.
package nats

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sapa-chat/sapa/bus"
)

// Config says which server. URL and Prefix are needed.
type Config struct {
	// URL is one or several servers, separated by commas, with credentials where needed.
	URL string
	// Prefix is put before every subject; one per installation.
	Prefix string
	// Name is shown in the server's list of clients.
	Name string
	// Log takes what happens to the connection. Default: discarded.
	Log *slog.Logger
}

// Bus is a bus.Bus over NATS. Make it with Connect.
type Bus struct {
	conn   *nats.Conn
	prefix string
	closed chan struct{}

	mu   sync.Mutex
	subs map[*subscription]struct{}
}

type subscription struct {
	sub  *nats.Subscription
	stop context.CancelFunc
	done chan struct{}
}

// Connect returns at once also when no server answers, and keeps trying.
func Connect(cfg Config) (*Bus, error) {
	if !bus.ValidSubject(cfg.Prefix) {
		return nil, fmt.Errorf("nats: prefix %q: %w", cfg.Prefix, bus.ErrInvalid)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Bus{prefix: cfg.Prefix + ".", closed: make(chan struct{}), subs: make(map[*subscription]struct{})}
	conn, err := nats.Connect(cfg.URL,
		nats.Name(cfg.Name), nats.Timeout(5*time.Second),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(500*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1), // a signal from before is worth nothing after
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the bus lost its server", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the bus has its server again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Debug("the bus lost signals", "error", err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }))
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	b.conn = conn
	return b, nil
}

// Connected says whether a server is there now.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// Publish implements bus.Bus. Without a server the signal is lost and nil returned.
func (b *Bus) Publish(_ context.Context, subject string, payload []byte) error {
	if !bus.ValidSubject(subject) || len(payload) > bus.MaxPayload {
		return bus.ErrInvalid
	}
	if b.conn.IsClosed() {
		return bus.ErrClosed
	}
	_ = b.conn.Publish(b.prefix+subject, payload) // what fails is lost, as the contract says
	return nil
}

// Subscribe implements bus.Bus. It returns when the server knows of the subscription, or is away.
func (b *Bus) Subscribe(pattern string, handle bus.Handler) (func(), error) {
	if !bus.ValidPattern(pattern) {
		return nil, bus.ErrInvalid
	}
	messages := make(chan *nats.Msg, bus.QueueSize)
	sub, err := b.conn.ChanSubscribe(b.prefix+pattern, messages)
	if err != nil {
		if b.conn.IsClosed() {
			return nil, bus.ErrClosed
		}
		return nil, fmt.Errorf("nats: %w", err)
	}
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(10 * time.Second)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &subscription{sub: sub, stop: stop, done: make(chan struct{})}
	b.mu.Lock()
	b.subs[s] = struct{}{}
	b.mu.Unlock()
	go b.loop(ctx, s, messages, handle)
	return func() { b.remove(s) }, nil
}

// Close ends all subscriptions, waits for their handlers and leaves the server.
func (b *Bus) Close() error {
	b.mu.Lock()
	all := make([]*subscription, 0, len(b.subs))
	for s := range b.subs {
		all = append(all, s)
	}
	b.mu.Unlock()
	for _, s := range all {
		b.remove(s)
	}
	b.conn.Close()
	<-b.closed
	return nil
}

func (b *Bus) remove(s *subscription) {
	b.mu.Lock()
	delete(b.subs, s)
	b.mu.Unlock()
	_ = s.sub.Unsubscribe()
	s.stop()
	<-s.done
}

func (b *Bus) loop(ctx context.Context, s *subscription, messages <-chan *nats.Msg, handle bus.Handler) {
	defer close(s.done)
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-messages:
			if ctx.Err() != nil {
				return
			}
			handle(ctx, bus.Signal{Subject: strings.TrimPrefix(m.Subject, b.prefix), Payload: m.Data})
		}
	}
}
