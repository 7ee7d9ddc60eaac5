package number

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

const (
	refreshEvery = 24 * time.Hour
	stopTimeout  = 10 * time.Second
)

// Run connects what should be connected until ctx ends or the node's lease is lost; then it disconnects everything and
// waits for it. It may be called again afterwards.
func (s *Service) Run(ctx context.Context) error {
	lost := s.leases.Lost()
	running, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	s.running = running
	s.mu.Unlock()
	s.recallVersion(running)
	s.work.Go(func() { s.keepVersion(running) })
	look := time.NewTicker(s.limits.Look)
	defer look.Stop()
	for ended := false; !ended; {
		s.look(running)
		select {
		case <-look.C:
		case <-lost:
			ended = true
		case <-ctx.Done():
			ended = true
		}
	}
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
	stop()
	s.stopAll()
	s.work.Wait()
	return nil
}

// look starts what should run and no node runs, and finishes what a crash has left half done.
func (s *Service) look(ctx context.Context) {
	waiting, err := s.store.Waiting(ctx, s.leases.Node(), func(id string) bool { return s.runner(id) != nil })
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("could not look for numbers to run", "error", err)
		}
		return
	}
	for _, n := range waiting {
		if s.runner(n.ID) != nil {
			continue
		}
		if err := s.resume(ctx, n); err != nil && ctx.Err() == nil && fault.CodeOf(err) != fault.Conflict {
			s.log.Warn("could not take up a number", "workspace", n.Workspace, "number", n.ID, "error", err)
		}
	}
}

// resume takes up one number where it was left.
func (s *Service) resume(ctx context.Context, n Number) error {
	switch {
	case n.State == Deleting:
		s.finishDelete(n, nil)
		return nil
	case n.State == Pairing && !n.Paired: // the pairing ended with the program
		_, err := s.store.Move(ctx, wa.NumberRef{Workspace: n.Workspace, ID: n.ID}, pairingEnded(n))
		return err
	}
	_, err := s.start(ctx, n, func(r *runner) {
		if r.snapshot().Enabled { // a person may have ended it since it was looked up
			r.begin(CauseStart)
		}
	})
	return err
}

// pairingEnded is where a number goes when a pairing ends without a link.
func pairingEnded(n Number) Transition {
	t := Transition{State: Created, Cause: CausePairingEnded, Unlink: true}
	if n.Phone != "" {
		t.State = LoggedOut
	}
	return t
}

func (s *Service) runner(id string) *runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runners[id]
}

var errStopped = fault.Errorf(fault.Unavailable, "numbers are not running here at the moment; try again").Because("numbers_stopped")

// start claims a number and starts its runner with a first order. Fault Conflict when it runs elsewhere.
func (s *Service) start(ctx context.Context, n Number, first func(*runner)) (*runner, error) {
	if err := s.mayStart(n.ID); err != nil {
		return nil, err
	}
	n, err := s.store.Claim(ctx, n.Workspace, n.ID, s.leases.Node(), s.leases.Epoch())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.mayStartLocked(n.ID); err != nil {
		return nil, err
	}
	r := newRunner(s.running, s, n)
	s.runners[n.ID] = r
	s.work.Go(func() { r.run(first) })
	return r, nil
}

var errBusy = fault.Errorf(fault.Conflict, "this number is busy; try again").Because("number_busy")

func (s *Service) mayStart(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mayStartLocked(id)
}

func (s *Service) mayStartLocked(id string) error {
	switch {
	case s.running == nil:
		return errStopped
	case s.runners[id] != nil || s.leaving[id] > 0:
		return errBusy
	}
	return nil
}

// order runs fn on the number's runner, starting one if there is none.
func (s *Service) order(ctx context.Context, n Number, fn func(*runner) error) error {
	for range 3 {
		if r := s.runner(n.ID); r != nil {
			err := r.do(ctx, fn)
			if !errors.Is(err, errEnded) {
				return err
			}
			continue
		}
		result := make(chan error, 1)
		r, err := s.start(ctx, n, func(r *runner) { result <- fn(r) })
		if errors.Is(err, errBusy) {
			continue
		} else if err != nil {
			return err
		}
		select {
		case err := <-result:
			return err
		case <-r.done:
			return errStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errBusy
}

// ended is told by a runner that it has stopped, with what is left of its pairing.
func (s *Service) ended(r *runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runners[r.ref.ID] == r {
		delete(s.runners, r.ref.ID)
	}
	if v, ok := r.lastView(); ok {
		v.QR, v.Code, v.Passkey, v.Open = nil, "", nil, false
		s.views[r.ref.ID] = v
	}
}

// stopAll waits for the runners, whose context has ended.
func (s *Service) stopAll() {
	s.mu.Lock()
	all := make([]*runner, 0, len(s.runners))
	for _, r := range s.runners {
		all = append(all, r)
	}
	s.mu.Unlock()
	var waiting sync.WaitGroup
	for _, r := range all {
		waiting.Go(func() { waitFor(r.done, stopTimeout) })
	}
	waiting.Wait()
}

func waitFor(done <-chan struct{}, longest time.Duration) bool {
	t := time.NewTimer(longest)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}
