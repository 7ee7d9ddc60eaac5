package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// backWithin is the goal for the time from a kill until messages flow at their full rate again.
const backWithin = 10 * time.Second

// kill ends the program with SIGKILL at random moments and starts it at once again, while a thousand messages a minute go
// each way over fifty numbers. In every fifth round it is killed once more while it comes back.
func kill(ctx context.Context, r *run) error {
	const numbers, perMinute = 50, 1000
	rounds, least := pick(r, 3, 50), pick(r, 0, 25_000)
	row := r.row("", "kill -9 under 1,000 messages/min each way over 50 numbers: 0 lost, 0 duplicate, 0 out of order, full rate within 10 s (connect limit lifted)")
	w, err := r.open(ctx, plan{numbers: numbers, beat: numbers * time.Minute / perMinute})
	if err != nil {
		return err
	}
	stop := w.talk(ctx)
	if !pause(ctx, 3*time.Second) {
		return ctx.Err()
	}
	var back []time.Duration
	for round := 1; round <= rounds || total(w) < least; round++ {
		took, err := w.killOnce(ctx, round%5 == 0)
		if err != nil {
			return err
		}
		back = append(back, took)
		r.say("round %d: full rate after %s, %d messages", round, took.Round(10*time.Millisecond), total(w))
		// Long enough that the rounds see the messages that are promised, and at any moment.
		if !pause(ctx, rand.N(time.Duration(pick(r, 4, 22))*time.Second)) {
			return ctx.Err()
		}
	}
	if err := stop(); err != nil {
		row.keep(false, "%v", err)
	}
	slices.Sort(back)
	row.measure("%d rounds, full rate after %.1f s in the middle and %.1f s at most", len(back), back[len(back)/2].Seconds(), back[len(back)-1].Seconds())
	row.keep(back[len(back)-1] <= backWithin, "slower than %s", backWithin)
	if err := w.settle(ctx, row, 2*time.Minute); err != nil {
		return err
	}
	return w.intact(ctx, row)
}

// killOnce is one round: it returns the time from the last kill until the full rate.
func (w *world) killOnce(ctx context.Context, again bool) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	killed := time.Now()
	w.server.Kill()
	if _, err := w.server.Launch(ctx); err != nil {
		return 0, err
	}
	if again {
		pause(ctx, rand.N(time.Second))
		killed = time.Now()
		w.server.Kill()
		if _, err := w.server.Launch(ctx); err != nil {
			return 0, err
		}
	}
	if err := w.full(ctx); err != nil {
		return 0, err
	}
	return time.Since(killed), nil
}

func total(w *world) int {
	in, out := w.promised()
	return in + out
}
