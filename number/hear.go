package number

import (
	"math/rand/v2"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// outdatedWait is the least that is waited after a 405: the version is fetched anew meanwhile.
const outdatedWait = 30 * time.Second

// hear acts on one signal.
func (r *runner) hear(s wa.Signal) {
	switch s.Kind {
	case wa.SignalQR, wa.SignalQRExpired, wa.SignalPasskeyRequest, wa.SignalPasskeyConfirm, wa.SignalPairing, wa.SignalPairFailed, wa.SignalSyncing:
		r.hearPairing(s)
	case wa.SignalPaired:
		r.linked(s)
	case wa.SignalConnected:
		r.connected(s)
	case wa.SignalDisconnected:
		r.disconnected(s)
	case wa.SignalSilent:
		if !r.up.IsZero() {
			r.degrade()
		}
	case wa.SignalAlive:
		r.alive()
	case wa.SignalFailure:
		r.again(Transition{Cause: CauseRefused, Code: s.Code, Text: "WhatsApp refused the connection for now. Trying again."}, 0)
	case wa.SignalOutdated:
		r.s.clientOutdated()
		if r.pairingOpen() && !r.paired {
			r.failPairing(CauseOutdated, "WhatsApp asks for a newer client. It is being fetched; try again in a minute.")
			return
		}
		r.again(Transition{Cause: CauseOutdated, Code: s.Code, Text: "WhatsApp asks for a newer client. It is being fetched."}, outdatedWait)
	case wa.SignalPushName:
		r.touch(s.Person)
	case wa.SignalReachoutLocked, wa.SignalReachoutRefused, wa.SignalReachoutFreed:
		r.hearReachout(s)
	case wa.SignalIdentityChanged:
	default:
		r.hearEnd(s)
	}
}

// hearEnd acts on the signals after which a person, or time, must act.
func (r *runner) hearEnd(s wa.Signal) {
	if r.pairingOpen() {
		r.closePairing(StepFailed, &PairingFailure{Reason: s.Cause, Message: s.Text})
	}
	t := Transition{Code: s.Code, Text: s.Text}
	switch s.Kind {
	case wa.SignalMisconfigured:
		t.State, t.Cause, t.Text = Paused, CauseMisconfigured, "WhatsApp refuses this installation's way to connect; an administrator must look at it."
	case wa.SignalReplaced:
		t.State, t.Cause = Replaced, CauseReplaced
	case wa.SignalLoggedOut:
		t.State, t.Cause, t.Unlink = LoggedOut, CauseRemoved, true
	case wa.SignalLocked:
		t.State, t.Cause, t.Unlink = Banned, CauseLocked, true
	case wa.SignalBanned:
		if !s.Until.IsZero() {
			r.pause(s)
			return
		}
		t.State, t.Cause, t.Unlink = Banned, CauseBanned, true
	default:
		r.log.Warn("an unknown signal", "signal", s.Kind)
		return
	}
	r.off = nil
	r.end(t)
}

// pause waits for the end of a temporary ban, and some time more: numbers that come back on the second look like what they are.
func (r *runner) pause(s wa.Signal) {
	margin := r.s.limits.BanMargin + rand.N(2*r.s.limits.BanMargin+1)
	until := s.Until.Add(margin)
	r.drop()
	r.due.connect = time.Time{}
	r.move(Transition{State: Paused, Cause: CauseTemporaryBan, Code: s.Code, Text: s.Text, Until: until})
	r.due.resumeAt = time.Now().Add(until.Sub(r.s.clock.Now()))
}

func (r *runner) connected(s wa.Signal) {
	if !r.on || !r.paired {
		return
	}
	if r.off != nil { // it only was to be known whether it can
		r.checked()
		return
	}
	r.up, r.due.login, r.slow = time.Now(), time.Time{}, 0
	r.admitted()
	t := r.standing(r.snapshot().Reachout)
	t.Person = s.Person
	r.move(t)
	if r.stop {
		r.drop()
		return
	}
	if r.pairingOpen() {
		r.closePairing(StepConnected, nil)
	}
	r.s.clientAccepted()
	r.due.life = time.Now().Add(r.s.limits.Silence / 6)
	fifth := r.s.limits.Recycle / 5
	r.due.recycle = time.Now().Add(r.s.limits.Recycle - fifth + rand.N(2*fifth+1))
	r.told.isReady(r.ref, r.link)
	r.checked()
}

func (r *runner) disconnected(s wa.Signal) {
	switch {
	case r.pairingOpen() && !r.paired:
		r.failPairing("connection_lost", "The connection to WhatsApp was lost. Start again.")
	case s.Code == "515" && r.paired: // right after a pairing WhatsApp asks for a restart
		r.drop()
		r.connectAt(0)
	case s.Cause == CauseStoreFailure:
		r.again(Transition{Cause: CauseStoreFailure, Text: s.Text}, 0)
	default:
		r.again(Transition{Cause: CauseConnectionLost, Code: s.Code, Text: "The connection to WhatsApp was lost. Connecting again."}, 0)
	}
}
