package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// lookForLife checks that anything arrived lately, asks WhatsApp when it seems silent, and gives up after Silence.
func (r *runner) lookForLife(now time.Time) {
	if r.up.IsZero() || r.link == nil {
		return
	}
	silent := now.Sub(r.link.LastLife())
	switch {
	case silent >= r.s.limits.Silence:
		r.again(Transition{Cause: CauseNoLife, Text: "WhatsApp was silent for too long. Connecting again."}, 0)
		return
	case silent >= r.s.limits.Silence/2:
		r.degrade()
	}
	r.touch(wa.Person{})
	r.due.life = nextLook(now, now.Add(-silent), r.s.limits.Silence)
}

// nextLook is when to look for life again: now and then, and in the moment in which a silence since the last sign of life is
// too long, so that it never lasts longer.
func nextLook(now, last time.Time, silence time.Duration) time.Time {
	next, end := now.Add(silence/6), last.Add(silence)
	if end.Before(next) {
		return end
	}
	return next
}

// degrade shows that WhatsApp does not answer and asks it.
func (r *runner) degrade() {
	if n := r.snapshot(); n.Ready() && n.Cause != CauseNoLife {
		r.move(Transition{State: Degraded, Cause: CauseNoLife, Text: "WhatsApp does not answer at the moment."})
	}
	if r.probing {
		return
	}
	r.probing = true
	link := r.link
	r.s.work.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, r.s.limits.Silence/6)
		err := link.Probe(ctx)
		cancel()
		r.later(func() {
			r.probing = false
			if err == nil && link == r.link {
				r.alive()
			}
		})
	})
}

func (r *runner) alive() {
	if n := r.snapshot(); n.State == Degraded && n.Cause == CauseNoLife {
		r.move(r.standing(n.Reachout))
	}
}
