package number

import (
	"math/rand/v2"
	"time"
)

// stable is how long a connection must stand before its failures are forgotten.
const stable = time.Minute

// begin turns the number on: it connects at once, or when its ban has ended.
func (r *runner) begin(cause string) {
	r.on = true
	n := r.snapshot()
	if n.State == Paused && n.Until.After(r.s.clock.Now()) {
		r.due.resumeAt = time.Now().Add(n.Until.Sub(r.s.clock.Now()))
		return
	}
	yes := true
	r.move(Transition{State: Connecting, Cause: cause, Enabled: &yes})
	r.connectAt(0)
}

// end turns the number off with a last state, and ends the runner.
func (r *runner) end(t Transition) {
	r.on, r.stop = false, true
	r.drop()
	r.move(t)
	r.stop = true
}

// drop closes the connection.
func (r *runner) drop() {
	r.told.gone(r.ref)
	r.up, r.due.login, r.due.life, r.due.recycle, r.due.unlock = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	r.admitted()
	if r.link != nil {
		r.link.Disconnect()
	}
}

// admitted gives the admission slot back.
func (r *runner) admitted() {
	if r.leave != nil {
		r.leave()
		r.leave = nil
	}
}

func (r *runner) connectAt(delay time.Duration) { r.due.connect = time.Now().Add(delay) }

// again drops the connection and connects after a backoff of at least least.
func (r *runner) again(t Transition, least time.Duration) {
	if !r.up.IsZero() && time.Since(r.up) > stable {
		r.attempts = 0
	}
	r.drop()
	if !r.on {
		return
	}
	if r.off != nil { // a check of a number that is off has failed: nothing is known
		r.checked()
		return
	}
	t.State = Connecting
	r.move(t)
	r.connectAt(least + backoff(r.s.limits, r.attempts))
	r.attempts++
}

// backoff is full jitter over an exponential: of many numbers that lost WhatsApp together, none comes back with the others.
func backoff(l Limits, attempt int) time.Duration {
	longest := l.BackoffCap
	if attempt < 30 {
		longest = min(longest, l.BackoffBase<<attempt)
	}
	return rand.N(longest + 1)
}

// wake does what is due.
func (r *runner) wake(now time.Time) {
	if passed(&r.due.save, now) && r.unsaved != nil {
		r.move(*r.unsaved)
	}
	if passed(&r.due.resumeAt, now) {
		r.begin(CauseStart)
	}
	if passed(&r.due.login, now) {
		r.slowLogin()
	}
	if passed(&r.due.life, now) {
		r.lookForLife(now)
	}
	if passed(&r.due.unlock, now) && !r.up.IsZero() {
		r.setReachout(Reachout{})
	}
	if passed(&r.due.recycle, now) {
		r.drop()
		r.connectAt(0)
	}
	if passed(&r.due.connect, now) && r.on {
		r.dial()
	}
}
