// Package run starts background parts together and stops them in reverse order.
// Every goroutine of the program is owned by a Service or by something that a Service waits for.
package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Service is a background part. Run blocks until ctx ends or the part fails for good.
type Service struct {
	Name string
	Run  func(ctx context.Context) error
}

// Group runs services. The zero value is ready; a Group is used once.
type Group struct {
	mu      sync.Mutex
	started []started
	failed  chan error
}

type started struct {
	name   string
	cancel context.CancelFunc
	done   chan error
}

// Start runs s in its own goroutine. Its context is derived from ctx without ctx's cancellation: only Stop ends it, in order.
func (g *Group) Start(ctx context.Context, s Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed == nil {
		g.failed = make(chan error, 1)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	one := started{name: s.Name, cancel: cancel, done: make(chan error, 1)}
	g.started = append(g.started, one)
	go func() {
		err := s.Run(ctx)
		if err != nil && ctx.Err() == nil {
			select {
			case g.failed <- fmt.Errorf("%s: %w", s.Name, err):
			default:
			}
		}
		one.done <- err
	}()
}

// Failed yields the first service that ended with an error by itself.
func (g *Group) Failed() <-chan error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed == nil {
		g.failed = make(chan error, 1)
	}
	return g.failed
}

// Stop ends the services, last started first, waiting for each. It gives up waiting when ctx ends. Safe to call twice.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	all := g.started
	g.started = nil
	g.mu.Unlock()
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		all[i].cancel()
		select {
		case err := <-all[i].done:
			if err != nil && !errors.Is(err, context.Canceled) {
				errs = append(errs, fmt.Errorf("%s: %w", all[i].name, err))
			}
		case <-ctx.Done():
			errs = append(errs, fmt.Errorf("%s: did not stop: %w", all[i].name, ctx.Err()))
		}
	}
	return errors.Join(errs...)
}
