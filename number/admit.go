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
		_ = s.orderRunning(context.WithoutCancel(ctx), n.ID, func(r *runner) error { r.checked(); return nil })
	}
}

// orderRunning runs fn on a runner, if there is one; one that is just ending counts as none.
func (s *Service) orderRunning(ctx context.Context, id string, fn func(*runner) error) error {
	r := s.runner(id)
	if r == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := r.do(ctx, fn); err != errEnded {
		return err
	}
	return nil
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
