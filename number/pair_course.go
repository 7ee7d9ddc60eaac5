package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// codeLife is how long WhatsApp keeps a pairing connection open: six QR codes of 60 and 5 × 20 s.
const codeLife = 160 * time.Second

// pair opens a pairing on the runner.
func (r *runner) pair(m Method, phone wa.Phone) error {
	if r.pairingOpen() {
		return errPairingOpen
	}
	if err := mayPair(r.snapshot()); err != nil {
		return err
	}
	if err := r.s.provider.Forget(r.ctx, r.ref); err != nil {
		r.stop = true
		return err
	}
	r.paired, r.on = false, true
	r.move(Transition{State: Pairing, Cause: CausePerson, Unlink: true})
	r.show(func(v *PairingView) { *v = PairingView{Open: true, Method: m, Step: StepWaiting, phone: phone} })
	r.connectAt(0)
	return nil
}

var errPairingOpen = fault.Errorf(fault.Conflict, "a pairing is open already; use it, or cancel it first").Because("pairing_open")

// changeMethod asks for a code on the connection that shows a QR; back to the QR needs nothing, it is still valid.
func (r *runner) changeMethod(m Method, phone wa.Phone) error {
	v, _ := r.lastView()
	if m == v.Method || r.paired {
		return errPairingOpen
	}
	r.show(func(v *PairingView) { v.Method, v.phone = m, phone })
	if m == MethodCode && v.Step == StepShown {
		r.askCode()
	}
	return nil
}

// askCode asks WhatsApp for a pairing code beside the runner's goroutine.
func (r *runner) askCode() {
	v, _ := r.lastView()
	if v.Code != "" || v.phone == "" {
		return
	}
	link := r.link
	r.s.work.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, r.s.limits.ConnectTimeout)
		defer cancel()
		code, err := link.PairCode(ctx, v.phone)
		r.later(func() {
			switch {
			case !r.pairingOpen() || r.paired:
			case err != nil:
				r.log.Info("WhatsApp gave no pairing code", "error", err)
				r.failPairing("code_refused", "WhatsApp gave no code for this phone number. Check the number, or use the QR code.")
			default:
				r.show(func(v *PairingView) { v.Step, v.Code = StepShown, code })
			}
		})
	})
}

// hearPairing moves the open pairing on.
func (r *runner) hearPairing(s wa.Signal) {
	if !r.pairingOpen() {
		return
	}
	switch s.Kind {
	case wa.SignalQR:
		r.showQR(s)
	case wa.SignalQRExpired:
		r.failPairing("qr_expired", "Nobody scanned in time. Start again for a new code.")
	case wa.SignalPasskeyRequest:
		r.show(func(v *PairingView) {
			v.Step, v.Passkey = StepPasskey, &Passkey{Stage: "request", PublicKey: s.Passkey}
		})
	case wa.SignalPasskeyConfirm:
		r.show(func(v *PairingView) {
			v.Step, v.Passkey = StepPasskey, &Passkey{Stage: "confirm", ConfirmationCode: s.Code}
		})
		if s.Code == "" { // nothing to compare
			r.confirmAlone()
		}
	case wa.SignalPairing:
		r.show(func(v *PairingView) { v.Step, v.QR, v.Code, v.Passkey = StepScanned, nil, "", nil })
	case wa.SignalPairFailed:
		if s.Cause == "phone_outdated" { // the same code can be scanned again
			r.show(func(v *PairingView) { v.Failure = &PairingFailure{s.Cause, s.Text} })
			return
		}
		r.failPairing(s.Cause, s.Text)
	case wa.SignalSyncing:
		if r.paired {
			r.show(func(v *PairingView) { v.Step = StepSyncing })
		}
	}
}

// showQR shows one code. The first also tells that WhatsApp is ready to give a pairing code.
func (r *runner) showQR(s wa.Signal) {
	r.due.login = time.Time{} // WhatsApp answered; from here on the codes' end is the end
	r.admitted()
	v, _ := r.lastView()
	if v.Step != StepWaiting && v.Step != StepShown {
		return
	}
	qr := &QR{Text: s.QR, ExpiresAt: s.Expires}
	first := v.Step == StepWaiting
	if v.Method == MethodCode {
		if first {
			r.showQuietly(func(v *PairingView) { v.QR, v.CodeExpires = qr, r.s.clock.Now().Add(codeLife) })
			r.askCode()
		}
		return
	}
	update := func(v *PairingView) { v.Step, v.QR = StepShown, qr }
	if first {
		r.show(func(v *PairingView) { update(v); v.CodeExpires = r.s.clock.Now().Add(codeLife) })
	} else {
		r.showQuietly(update)
	}
	r.publish(event.NumberQR, qr)
}

// linked goes on after the phone has linked the number: WhatsApp asks to connect anew.
func (r *runner) linked(s wa.Signal) {
	if !r.pairingOpen() {
		return
	}
	r.paired = true
	yes := true
	t := Transition{State: Connecting, Cause: CausePaired, Person: s.Person, Enabled: &yes}
	if s.Person.Phone != r.snapshot().Phone { // a lock is of the account
		t.Reachout = &Reachout{}
	}
	r.move(t)
	r.show(func(v *PairingView) { v.Step, v.QR, v.Code, v.Passkey = StepLinking, nil, "", nil })
	r.due.login = time.Now().Add(r.patience()) // the request to restart may be lost (docs/protocol)
}

// failPairing ends the pairing, and the runner with it.
func (r *runner) failPairing(reason, message string) {
	if !r.pairingOpen() {
		return
	}
	r.closePairing(StepFailed, &PairingFailure{Reason: reason, Message: message})
	t := pairingEnded(r.snapshot())
	t.Text = message
	r.end(t)
}
