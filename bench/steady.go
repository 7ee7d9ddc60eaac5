package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// goalGrowth is how many MB more there may be after 10,000 messages.
const goalGrowth = 10

// flat reads the resident memory before and after many messages, half in and half out, under way all the time.
func (w *world) flat(ctx context.Context, r *report) error {
	both := func(n int) (int64, error) {
		if _, err := w.exactly(ctx, w.writing(), n/2); err != nil {
			return 0, err
		}
		if _, err := w.exactly(ctx, w.sending(w.numbers, w.set.outbound, w.set.callers), n/2); err != nil {
			return 0, err
		}
		return drive.Resident(w.server.PID())
	}
	before, err := both(w.set.flat / 4)
	if err != nil {
		return err
	}
	after, err := both(w.set.flat)
	if err != nil {
		return err
	}
	rest, err := w.settled(ctx)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("resident memory, growth over %d messages", w.set.flat)
	r.most(what, mb(after-before), goalGrowth, "%.1f MB")
	r.note("resident memory before, after, and at rest", "%.0f MB, %.0f MB, %.0f MB", mb(before), mb(after), mb(rest))
	return nil
}

// burst lets contacts write many messages at once, which nobody holds back, to all numbers and to one.
func (w *world) burst(ctx context.Context, r *report) error {
	for _, to := range []struct {
		what    string
		numbers []*number
	}{{"all numbers", w.numbers}, {"one number", w.numbers[:1]}} {
		l := w.writing()
		if len(to.numbers) == 1 {
			l = newLoad(to.numbers, 0, companion)
			l.send = w.writing().send
		}
		for _, one := range l.lanes {
			one.window = make(chan struct{}, w.set.burst)
		}
		before, begun := w.network.Ledger.Total(), time.Now()
		s, err := w.exactly(ctx, l, w.set.burst)
		if err != nil && !errors.Is(err, errUnconfirmed) {
			return err
		}
		after := w.network.Ledger.Total()
		what := fmt.Sprintf("burst of %d to %s", after.Sent-before.Sent, to.what)
		r.zero(what+", lost by the ledger", after.Missing-before.Missing)
		r.zero(what+", not counted by the program", after.Sent-before.Sent-int(s.counters[`sapa_messages_total{direction="in"}`]))
		r.note(what+", all acknowledged after", "%.2f s", time.Since(begun).Seconds())
	}
	return nil
}

// ledger is what the simulated network says of everything that this world has seen.
func (w *world) ledger(_ context.Context, r *report) error {
	all := w.network.Ledger.Total()
	r.note("messages by the ledger", "%d", all.Sent)
	r.zero("lost", all.Missing)
	r.zero("duplicates", all.Duplicates+all.Repeated)
	r.zero("out of order", all.OutOfOrder)
	return nil
}
