package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// The goals of issue 3 for memory.
const (
	goalEmpty    = 60  // MB without a number
	goalNumber   = 200 // KB for each idle number
	goalThousand = 250 // MB with 1,000 numbers
	goalMore     = 1.1 // what a number of many may cost, of what one of 1,000 does: "no more", and what two runs differ by
)

// withoutNumbers reads the memory of a program without numbers, once.
func (w *world) withoutNumbers(ctx context.Context, r *report) (err error) {
	if w.empty != 0 || len(w.numbers) > 0 {
		return nil
	}
	if w.empty, err = w.settled(ctx); err != nil {
		return err
	}
	r.most("resident memory without a number", mb(w.empty), goalEmpty, "%.0f MB")
	return nil
}

// memory links numbers and reads the resident memory when they are idle.
func (w *world) memory(ctx context.Context, r *report) error {
	if err := w.withoutNumbers(ctx, r); err != nil {
		return err
	}
	for _, n := range steps(len(w.numbers), w.set.numbers) {
		begun, before := time.Now(), len(w.numbers)
		if err := w.link(ctx, n); err != nil {
			return err
		}
		if n > before {
			r.note(fmt.Sprintf("pairing of numbers %d to %d, 4 at a time", before+1, n), "%.1f s", time.Since(begun).Seconds())
		}
		if err := w.weigh(ctx, r, "since they were paired"); err != nil {
			return err
		}
	}
	return nil
}

// steps are the numbers at which memory is read, up to n and not below what there is.
func steps(from, n int) (all []int) {
	for _, s := range []int{100, 1000} {
		if s >= from && s < n {
			all = append(all, s)
		}
	}
	return append(all, n)
}

// weigh reads the resident memory of idle numbers.
func (w *world) weigh(ctx context.Context, r *report, since string) error {
	full, err := w.settled(ctx)
	if err != nil {
		return err
	}
	n, goal := len(w.numbers), 0.0
	if n == 1000 {
		goal = goalThousand
	}
	what := fmt.Sprintf("resident memory, %d idle numbers %s", n, since)
	r.most(what, mb(full), goal, "%.0f MB")
	if w.empty == 0 {
		return nil
	}
	each := float64(full-w.empty) / 1024 / float64(n)
	switch most, known := w.each[since]; {
	case n < 1000:
		goal = 0
	case n == 1000:
		goal = goalNumber
		w.each[since] = each
	case known:
		goal = min(goalNumber, most*goalMore)
	default:
		goal = goalNumber
	}
	r.most(what+", for each", each, goal, "%.0f KB")
	return nil
}

// many links many more numbers: each of them should cost no more than one of a thousand, and so again after a restart.
func (w *world) many(ctx context.Context, r *report) error {
	begun, before := time.Now(), len(w.numbers)
	if err := w.link(ctx, max(before, w.set.many)); err != nil {
		return err
	}
	r.note(fmt.Sprintf("pairing of numbers %d to %d, 4 at a time", before+1, len(w.numbers)), "%.0f s", time.Since(begun).Seconds())
	if err := w.weigh(ctx, r, "since they were paired"); err != nil {
		return err
	}
	back, err := w.restart(ctx)
	if err != nil {
		return err
	}
	r.note(fmt.Sprintf("signal to the end of the program with %d numbers", len(w.numbers)), "%.2f s", back.stopped.Seconds())
	r.note(fmt.Sprintf("exec to ready with %d numbers", len(w.numbers)), "%.0f ms", ms(back.ready))
	r.note(fmt.Sprintf("exec to the last of %d numbers connected, limit lifted", len(w.numbers)), "%.1f s", back.connected.Seconds())
	return w.weigh(ctx, r, "since a restart")
}

// settled waits until the resident memory has not shrunk for a while, so that a collection has run.
func (w *world) settled(ctx context.Context) (int64, error) {
	least, err := drive.Resident(w.server.PID())
	for since := time.Now(); err == nil && time.Since(since) < w.set.quiet; {
		if err = pause(ctx, w.set.quiet/20, nil); err != nil {
			return 0, err
		}
		var now int64
		if now, err = drive.Resident(w.server.PID()); now < least {
			least, since = now, time.Now()
		}
	}
	return least, err
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }
