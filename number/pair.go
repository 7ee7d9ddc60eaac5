package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

const pairingWindow = time.Hour

// Pair starts a pairing, or changes the method of the open one. phone is required for MethodCode.
// Faults: Conflict ("already_linked", "pairing_open"), Limited ("pairing_limit", with RetryAfter), Invalid, NotFound.
func (s *Service) Pair(ctx context.Context, workspace, id string, m Method, phone wa.Phone) (PairingView, error) {
	if m != MethodQR && m != MethodCode {
		return PairingView{}, fault.Errorf(fault.Invalid, "a pairing is by qr or by code").On("method")
	}
	if m == MethodCode && phone == "" {
		return PairingView{}, fault.Errorf(fault.Invalid, "a pairing code needs the phone number that types it").Because("phone_required").On("phone")
	}
	n, err := s.Get(ctx, workspace, id)
	if err != nil {
		return PairingView{}, err
	}
	if err := mayPair(n); err != nil {
		return PairingView{}, err
	}
	if r := s.runner(id); r != nil && r.pairingOpen() {
		err := r.do(ctx, func(r *runner) error { return r.changeMethod(m, phone) })
		if err == nil {
			return s.Pairing(ctx, workspace, id)
		} else if err != errEnded { // else it ended just now, and this is the next
			return PairingView{}, err
		}
	}
	if err := s.countPairing(ctx, n); err != nil {
		return PairingView{}, err
	}
	if err := s.order(ctx, n, func(r *runner) error { return r.pair(m, phone) }); err != nil {
		return PairingView{}, err
	}
	return s.Pairing(ctx, workspace, id)
}

func mayPair(n Number) error {
	switch {
	case n.State == Deleting:
		return fault.Errorf(fault.Conflict, "this number is being deleted").Because("deleting")
	case n.State.linked():
		return fault.Errorf(fault.Conflict, "this number is linked already; log it out first").Because("already_linked")
	}
	return nil
}

func (s *Service) countPairing(ctx context.Context, n Number) error {
	limit, ok, err := s.store.StartPairing(ctx, n.Workspace, n.ID, s.limits.PairingsPerHour, pairingWindow)
	if err != nil || ok {
		return err
	}
	wait := limit.ResetsAt.Sub(s.clock.Now())
	return fault.Errorf(fault.Limited, "a workspace may start %d pairings an hour; the next is possible at %s",
		limit.Allowed, limit.ResetsAt.Format("15:04 MST")).Because("pairing_limit").After(max(wait, time.Second))
}

// RegenerateQR cancels the open pairing, if any, and starts a new one by QR. It counts as a pairing. Faults as Pair.
func (s *Service) RegenerateQR(ctx context.Context, workspace, id string) (PairingView, error) {
	if err := s.CancelPairing(ctx, workspace, id); err != nil {
		return PairingView{}, err
	}
	return s.Pair(ctx, workspace, id, MethodQR, "")
}

// Pairing returns the current or last pairing. Fault NotFound when there is no such number.
func (s *Service) Pairing(ctx context.Context, workspace, id string) (PairingView, error) {
	if _, err := s.store.Get(ctx, workspace, id); err != nil {
		return PairingView{}, err
	}
	limit, err := s.PairingLimit(ctx, workspace)
	if err != nil {
		return PairingView{}, err
	}
	s.mu.Lock()
	view, r := s.views[id], s.runners[id]
	s.mu.Unlock()
	if r != nil {
		if v, ok := r.lastView(); ok {
			view = v
		}
	}
	view.Limit = limit
	return view, nil
}

// PairingLimit tells how many pairings the workspace may still start.
func (s *Service) PairingLimit(ctx context.Context, workspace string) (PairingLimit, error) {
	return s.store.PairingLimit(ctx, workspace, s.limits.PairingsPerHour, pairingWindow)
}

// CancelPairing ends the open pairing; without one it does nothing. It returns when the number is free for the next.
func (s *Service) CancelPairing(ctx context.Context, workspace, id string) error {
	if _, err := s.store.Get(ctx, workspace, id); err != nil {
		return err
	}
	r := s.runner(id)
	if r == nil || !r.pairingOpen() {
		return nil
	}
	cancelled := false
	err := r.do(ctx, func(r *runner) error {
		if r.pairingOpen() && !r.paired {
			r.failPairing("cancelled", "The pairing was cancelled.")
			cancelled = true
		}
		return nil
	})
	switch {
	case err == errEnded || err == nil && cancelled:
		waitFor(r.done, stopTimeout)
		return nil
	default: // once the phone has linked the number there is nothing to cancel, and the runner goes on
		return err
	}
}
