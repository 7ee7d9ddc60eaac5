package drive

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sapa-chat/sapa/sim"
)

// Lane is one number with the contact who talks to it: messages go both ways at a steady beat, whatever happens to the
// program meanwhile, and the lane remembers what was promised. Judge and Shown tell what came of it. Run it once.
type Lane struct {
	// Number is the program's id of it, on Account's phone.
	Number  string
	Account *sim.Account
	Contact *sim.Contact
	// Beat is the time from one message to the next in each direction. What could not be sent in time is sent as soon as
	// it can.
	Beat time.Duration

	in, out flow
}

// flow is one direction. Messages are numbered from 1.
type flow struct {
	begun    atomic.Int64 // Unix nanoseconds of the first message
	promised atomic.Int64 // written by the contact, or taken by the API
}

// Written is how many messages the contact has written, Accepted how many the API has taken.
func (l *Lane) Written() int { return int(l.in.promised.Load()) }

// Accepted is how many messages the API has taken.
func (l *Lane) Accepted() int { return int(l.out.promised.Load()) }

// Run lets messages go both ways until ctx ends. Then the message under way is finished, for which there are two minutes.
func (l *Lane) Run(ctx context.Context, c *Client) error {
	var both errgroup.Group
	both.Go(func() error { return l.Receive(ctx) })
	both.Go(func() error { return l.Send(ctx, c) })
	return both.Wait()
}

// Receive lets the contact write until ctx ends.
func (l *Lane) Receive(ctx context.Context) error {
	return l.in.run(ctx, l.Beat, func(ctx context.Context, i int) error {
		if _, err := l.Contact.Write(ctx, l.Account, question(i)); err != nil {
			return fmt.Errorf("the contact could not write: %w", err)
		}
		return nil
	})
}

// Send sends over the API until ctx ends. A message is promised once the API has taken it; an answer that never came is
// asked for again under the same idempotency key, as a careful caller does.
func (l *Lane) Send(ctx context.Context, c *Client) error {
	return l.out.run(ctx, l.Beat, func(ctx context.Context, i int) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		return Every(ctx, 50*time.Millisecond, func() (bool, error) {
			_, err := c.Send(ctx, l.Number, "+"+l.Contact.Phone(), answer(i), "Idempotency-Key", fmt.Sprintf("%s-%s-%d", l.Number, l.Contact.Phone(), i))
			var problem *Problem
			if errors.As(err, &problem) && problem.Status < 500 && problem.Status != 409 {
				return false, fmt.Errorf("the API refused %q: %w", answer(i), err)
			}
			return err == nil, nil
		})
	})
}

// run says a message at every beat until ctx ends; say is not interrupted.
func (f *flow) run(ctx context.Context, beat time.Duration, say func(context.Context, int) error) error {
	begun := time.Now()
	f.begun.Store(begun.UnixNano())
	for i := 1; sleep(ctx, time.Until(begun.Add(time.Duration(i-1)*beat))); i++ {
		if err := say(context.WithoutCancel(ctx), i); err != nil {
			return err
		}
		f.promised.Store(int64(i))
	}
	return nil
}

// due is how many messages should have been said at t.
func (f *flow) due(beat time.Duration, t time.Time) int {
	begun := f.begun.Load()
	if begun == 0 {
		return 0
	}
	return max(0, int(t.Sub(time.Unix(0, begun))/beat)+1)
}

// Kept tells whether everything that was due at t has arrived by now, in both directions.
func (l *Lane) Kept(net *sim.Network, t time.Time) bool {
	in, out := l.ways()
	return net.Ledger.Summary(in[0], in[1]).Received >= l.in.due(l.Beat, t) &&
		net.Ledger.Summary(out[0], out[1]).Received >= l.out.due(l.Beat, t)
}

func (l *Lane) ways() (in, out [2]string) {
	account, contact := l.Account.Phone(), l.Contact.Phone()
	return [2]string{contact, account}, [2]string{account, contact}
}

func question(i int) string { return fmt.Sprintf("pertanyaan %d", i) }
func answer(i int) string   { return fmt.Sprintf("jawaban %d", i) }

// Every asks at every step until the answer is yes or an error, or ctx ends.
func Every(ctx context.Context, step time.Duration, ask func() (bool, error)) error {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		ok, err := ask()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
