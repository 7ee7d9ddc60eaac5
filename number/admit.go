package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// admit decides whether the phone that scanned may be linked to the number. A number that holds the phone and is not
// connected may have been unlinked on the phone long ago without hearing of it: it is asked to connect once, so that a
// customer who removed the old link can go on.
func (s *Service) admit(ctx context.Context, n wa.NumberRef, phone wa.Phone) error {
	err := s.store.Admit(ctx, n, phone)
	if fault.ReasonOf(err) != "phone_already_linked" {
		return err
	}
	holder, ok, lookErr := s.store.Holder(ctx, phone)
	if lookErr != nil || !ok || holder.ID == n.ID || holder.Ready() || holder.Cause == CauseTemporaryBan {
		return err
	}
	s.log.Info("a phone is linked to a number that is not connected; asking WhatsApp whether it still is", "number", holder.ID)
	s.check(ctx, holder)
	return s.store.Admit(ctx, n, phone)
}

// check connects a number to learn whether it is still linked. A number that was off is off again afterwards.
func (s *Service) check(ctx context.Context, n Number) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.CheckTimeout)
	defer cancel()
	settled := make(chan struct{})
	err := s.order(ctx, n, func(r *runner) error {
		r.checking = settled
		if !r.on { // it was off
			r.on, r.off = true, &Transition{State: n.State, Cause: n.Cause, Code: n.Code, Text: n.Text}
		}
		r.connectAt(0)
		return nil
	})
	if err != nil {
		s.log.Info("a number could not be checked", "number", n.ID, "error", err)
		return
	}
	select {
	case <-settled:
	case <-ctx.Done():
		s.tell(n.ID, (*runner).checked)
	}
}

// tell runs fn on the number's runner, if there is one, and waits a moment for it. A runner that is busy for longer comes to
// it later; one that ends needs it no more.
func (s *Service) tell(id string, fn func(*runner)) {
	r := s.runner(id)
	if r == nil {
		return
	}
	done := make(chan struct{})
	s.work.Go(func() {
		defer close(done)
		_ = r.do(r.ctx, func(r *runner) error { fn(r); return nil })
	})
	waitFor(done, time.Second)
}

// checked tells who waits that the answer is there, and turns the number off again if it was off.
func (r *runner) checked() {
	if r.checking != nil {
		close(r.checking)
		r.checking = nil
	}
	if r.off != nil {
		t := *r.off
		r.off = nil
		r.end(t)
	}
}
