package send

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/wa"
)

// lane drains one ready number: one goroutine, one message at a time.
type lane struct {
	s    *Service
	n    wa.NumberRef
	out  Sender
	wake chan struct{} // rings when something may be due
	stop context.CancelFunc
	done chan struct{} // closed when the goroutine has ended

	claims []Claim  // the lane's own, in order, not tried yet
	ended  []Result // not written yet
	ahead  int      // how many rows the next step claims

	ending bool // guarded by lanes.mu
}

// maxAhead is how many messages a lane takes over at once while nothing holds it back. After a crash as many may count as
// tried that were not.
const maxAhead = 16

// end asks the goroutine to stop. lanes.mu is held.
func (l *lane) end() {
	l.ending = true
	l.stop()
}

// farAway is how long a lane sleeps when nothing is due: a signal wakes it, this is a belt to the braces.
const farAway = 5 * time.Minute

// run takes back what an earlier lane left on the wire, then sends until ctx ends. The message in flight is always settled.
//
// What became of a message is written with the sessions of the next, where the provider commits those, else with the next
// claim, and by itself when the pace holds the next back.
func (l *lane) run(ctx context.Context) {
	if !l.recover(ctx) {
		return
	}
	l.ahead = 1
	for l.pace(ctx) {
		if len(l.claims) == 0 && !l.refill(ctx) {
			return
		}
		if len(l.claims) > 0 {
			l.next(ctx)
		}
	}
	l.giveBack()
	l.settle(ctx)
}

// refill settles and claims, and sleeps when there is nothing to claim; false when the lane must end.
func (l *lane) refill(ctx context.Context) bool {
	step, err := l.s.store.Step(ctx, l.n, l.ended, l.ahead)
	if err != nil {
		// Whether it was committed is not known: both halves are made sure of before going on.
		l.settle(ctx)
		return l.recover(ctx)
	}
	l.ended = nil
	if step.Fenced {
		l.s.log.Warn("another node runs this number: its lane ends here", "number", l.n.ID)
		return false
	}
	if l.claims = step.Claims; len(l.claims) == 0 {
		return l.idle(ctx, step.Wake)
	}
	return true
}

// next sends the first of the claims.
func (l *lane) next(ctx context.Context) {
	c := l.claims[0]
	l.claims = l.claims[1:]
	riding, ride := withRide(ctx, l.ended)
	r := l.send(riding, c)
	if ride.wasTaken() {
		l.ended = nil
	}
	l.ended = append(l.ended, *r)
	if r.Status != event.StatusSent { // those behind it may have to wait now
		l.giveBack()
	}
	if l.held() {
		l.giveBack()
		l.settle(ctx)
		l.ahead = 1
	} else if ride.wasTaken() {
		l.ahead = min(2*l.ahead, maxAhead)
	} else {
		l.ahead = 1 // nothing but a claim of its own fences the next one
	}
}

// giveBack returns the claims that were not tried.
func (l *lane) giveBack() {
	for _, c := range l.claims {
		l.ended = append(l.ended, Result{Claim: c, Status: event.StatusQueued, Untried: true})
	}
	l.claims = nil
}

// recover runs until the database answers; false when the lane must not run.
func (l *lane) recover(ctx context.Context) bool {
	for ctx.Err() == nil {
		count, err := l.s.store.Recover(ctx, l.n)
		if err == nil {
			if count > 0 {
				l.s.log.Info("messages that were on the wire are sent again with the same ids", "number", l.n.ID, "count", count)
			}
			return true
		}
		if ctx.Err() != nil {
			break
		}
		if isFenced(err) {
			l.s.log.Warn("another node runs this number: its lane does not start here", "number", l.n.ID)
			return false
		}
		l.trouble("the outbox could not be recovered", err)
		sleep(ctx, l.s.timing.RetryBase, nil)
	}
	return false
}

// pace waits until the governor lets the number send; false when ctx ended.
func (l *lane) pace(ctx context.Context) bool {
	for {
		now := l.s.clock.Now()
		wait := l.s.gov.Next(l.n, now).Sub(now)
		if wait <= 0 {
			return ctx.Err() == nil
		}
		if !sleep(ctx, min(wait, farAway), nil) {
			return false
		}
	}
}

// held reports whether the next message has to wait, so that the last should not wait with it.
func (l *lane) held() bool {
	now := l.s.clock.Now()
	return l.s.gov.Next(l.n, now).After(now)
}

// idle sleeps until a signal or until at, when a row that is held back becomes due; false when ctx ended.
func (l *lane) idle(ctx context.Context, at time.Time) bool {
	wait := farAway
	if !at.IsZero() {
		wait = min(max(at.Sub(l.s.clock.Now()), time.Millisecond), farAway)
	}
	return sleep(ctx, wait, l.wake)
}

// send hands one message over, within the send's time limit. When the lane stops it has a grace to end by itself.
func (l *lane) send(running context.Context, c Claim) *Result {
	if !c.Expires.After(l.s.clock.Now()) { // while those before it were sent
		return l.s.expired(c)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(running), l.s.timing.SendTimeout)
	defer cancel()
	defer context.AfterFunc(running, func() { time.AfterFunc(l.s.timing.StopGrace, cancel) })()
	sent, err := l.out.Send(ctx, c.Out)
	l.s.gov.Sent(l.n, l.s.clock.Now())
	if err == nil {
		l.s.sent.Add(1)
		return &Result{Claim: c, Status: event.StatusSent, Sent: sent}
	}
	l.s.log.Info("a message was not sent", "number", l.n.ID, "message", c.Message, "attempt", c.Attempt, "outcome", wa.OutcomeOf(err))
	r := l.s.judge(c, err)
	if r.Status != event.StatusQueued {
		l.s.failed.Add(1)
	}
	return r
}

// expired ends a message whose time is over.
func (s *Service) expired(c Claim) *Result {
	s.failed.Add(1)
	if c.Unclear {
		f := Unclear()
		return &Result{Claim: c, Status: event.StatusUnknown, Failure: &f}
	}
	f := Expired()
	return &Result{Claim: c, Status: event.StatusFailed, Failure: &f}
}

// judge decides what follows a failed send.
func (s *Service) judge(c Claim, err error) *Result {
	r := &Result{Claim: c, Status: event.StatusFailed}
	outcome := wa.OutcomeOf(err)
	f := explain(err)
	r.Failure = &f
	if outcome != wa.NotSent && outcome != wa.Unclear {
		if c.Unclear { // what is refused now may have arrived before: under a new id it could arrive twice
			r.Status = event.StatusUnknown
			f.Message += " An earlier try may have arrived."
		}
		return r
	}
	r.Unclear = c.Unclear || outcome == wa.Unclear
	if c.Attempt >= s.timing.Attempts {
		if r.Unclear {
			f, r.Status = Unclear(), event.StatusUnknown
		}
		return r
	}
	r.Status, r.Failure = event.StatusQueued, nil
	r.RetryAt = s.clock.Now().Add(s.timing.backoff(c.Attempt))
	return r
}

// settle writes the results, also when the lane is being stopped. When even that fails, the rows stay in sending and the next lane sends them again with the same ids.
func (l *lane) settle(ctx context.Context) {
	for len(l.ended) > 0 {
		_, err := l.s.store.Step(context.WithoutCancel(ctx), l.n, l.ended, 0)
		if err != nil {
			l.trouble("the outcome of a message could not be written", err)
		}
		if err == nil || !sleep(ctx, l.s.timing.RetryBase, nil) {
			l.ended = nil
		}
	}
}

func (l *lane) trouble(what string, err error) {
	l.s.log.Error(what, "number", l.n.ID, "error", err)
}
