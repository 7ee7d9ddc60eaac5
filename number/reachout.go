package number

import (
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// Reachout is WhatsApp's lock on new chats: until it ends the number may write only to people who have written to it.
type Reachout struct {
	// Until is when it ends; zero when there is none.
	Until time.Time
	// Code is WhatsApp's word for it ("RESTRICT_ALL_COMPANIONS"), or "463" when refused messages are all that told of it.
	Code string
}

// How long new chats rest when WhatsApp names no end. These are our guesses, none of them is WhatsApp's: one refused message
// may be about its recipient alone, several are about the number, and every further try makes a lock longer
// (docs/protocol/sending-and-identities.md).
const (
	afterOneRefused  = 10 * time.Minute
	afterSeveral     = 24 * time.Hour
	several          = 3
	severalWithin    = time.Hour
	lockWithoutAnEnd = 24 * time.Hour
)

// refusedCode is WhatsApp's code of a message that would open a new chat while that is locked.
const refusedCode = "463"

const reachoutText = "WhatsApp does not let this number write to new contacts for now. Chats with people who wrote to it go on. Sapa holds messages to all others back until it ends, because every try would make it longer."

// hearReachout acts on what WhatsApp says about new chats.
func (r *runner) hearReachout(s wa.Signal) {
	now, known := r.s.clock.Now(), r.snapshot().Reachout
	lock := Reachout{Until: s.Until, Code: s.Cause}
	switch s.Kind {
	case wa.SignalReachoutLocked:
		if lock.Until.IsZero() {
			lock.Until = now.Add(lockWithoutAnEnd)
		}
	case wa.SignalReachoutRefused:
		lock = Reachout{Until: now.Add(r.rest(s.Person.Identity, now)), Code: refusedCode}
		if known.Until.After(lock.Until) {
			return
		}
	case wa.SignalReachoutFreed:
		if known.Code == refusedCode { // it was seen to say so while it refused (WAHA issue 2219): the refusal counts
			return
		}
		lock = Reachout{}
	}
	if !lock.Until.After(now) {
		lock = Reachout{}
	}
	if lock.Code == known.Code && lock.Until.Truncate(time.Millisecond).Equal(known.Until) {
		return
	}
	r.log.Info("WhatsApp changed whether this number may open new chats", "signal", s.Kind, "enforcement", lock.Code, "until", lock.Until)
	r.setReachout(lock)
}

// rest is how long new chats rest after a refused message, by how many people it was to lately.
func (r *runner) rest(to wa.Identity, now time.Time) time.Duration {
	if r.refused == nil {
		r.refused = map[wa.Identity]time.Time{}
	}
	r.refused[to] = now
	for who, at := range r.refused {
		if now.Sub(at) >= severalWithin {
			delete(r.refused, who)
		}
	}
	if len(r.refused) >= several {
		return afterSeveral
	}
	return afterOneRefused
}

// setReachout writes the lock, or its end, and shows it when the number is connected.
func (r *runner) setReachout(lock Reachout) {
	lock.Until = lock.Until.Truncate(time.Millisecond)
	t := r.snapshot().as()
	if !r.up.IsZero() {
		t = r.standing(lock)
	}
	t.Reachout = &lock
	r.move(t)
	if lock.Until.IsZero() && !r.up.IsZero() && !r.stop {
		r.told.isReady(r.ref, r.link) // what was held back may go
	}
}

// standing is the state of a number that is logged in: connected, or degraded while new chats are locked.
func (r *runner) standing(lock Reachout) Transition {
	now := r.s.clock.Now()
	if !lock.Until.After(now) {
		r.due.unlock = time.Time{}
		return Transition{State: Connected}
	}
	r.due.unlock = time.Now().Add(lock.Until.Sub(now))
	return Transition{State: Degraded, Cause: CauseReachout, Code: lock.Code, Text: reachoutText, Until: lock.Until}
}

// as is the transition to the state that n is in.
func (n Number) as() Transition {
	return Transition{State: n.State, Cause: n.Cause, Code: n.Code, Text: n.Text, Until: n.Until}
}
