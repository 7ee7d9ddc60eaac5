package number

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// AnswerPasskey hands WhatsApp the browser's WebAuthn response. Faults Conflict ("no_passkey"), Invalid.
func (s *Service) AnswerPasskey(ctx context.Context, workspace, id string, response json.RawMessage) (PairingView, error) {
	return s.passkey(ctx, workspace, id, "request", func(l wa.Link) error { return l.AnswerPasskey(ctx, response) })
}

// ConfirmPasskey tells WhatsApp that the codes on both screens are equal; equal false cancels the pairing.
func (s *Service) ConfirmPasskey(ctx context.Context, workspace, id string, equal bool) (PairingView, error) {
	if !equal {
		if err := s.CancelPairing(ctx, workspace, id); err != nil {
			return PairingView{}, err
		}
		return s.Pairing(ctx, workspace, id)
	}
	return s.passkey(ctx, workspace, id, "confirm", func(l wa.Link) error { return l.ConfirmPasskey(ctx) })
}

func (s *Service) passkey(ctx context.Context, workspace, id, stage string, act func(wa.Link) error) (PairingView, error) {
	if _, err := s.store.Get(ctx, workspace, id); err != nil {
		return PairingView{}, err
	}
	none := fault.Errorf(fault.Conflict, "WhatsApp does not ask for a passkey now").Because("no_passkey")
	r := s.runner(id)
	if r == nil {
		return PairingView{}, none
	}
	var link wa.Link
	err := r.do(ctx, func(r *runner) error {
		if v, ok := r.lastView(); !ok || v.Passkey == nil || v.Passkey.Stage != stage {
			return none
		}
		link = r.link
		return nil
	})
	if err == errEnded {
		err = none
	}
	if err != nil {
		return PairingView{}, err
	}
	if err := act(link); fault.CodeOf(err) == fault.Invalid {
		return PairingView{}, err
	} else if err != nil {
		r.log.Info("a passkey step failed", "stage", stage, "error", err)
		_ = r.do(ctx, func(r *runner) error {
			r.failPairing("passkey_refused", "WhatsApp did not accept the passkey. Start the pairing again.")
			return nil
		})
	}
	return s.Pairing(ctx, workspace, id)
}

func (r *runner) confirmAlone() {
	link := r.link
	r.s.work.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, r.s.limits.ConnectTimeout)
		defer cancel()
		if err := link.ConfirmPasskey(ctx); err != nil {
			r.later(func() {
				r.failPairing("passkey_refused", "WhatsApp did not accept the passkey. Start the pairing again.")
			})
		}
	})
}
