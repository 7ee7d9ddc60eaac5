package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// The goals of issue 3 for a program without load.
const (
	goalReady     = 300 * time.Millisecond
	goalPairing   = 300 * time.Millisecond // p95
	goalReconnect = 15 * time.Second       // of 1,000 numbers
	goalEmpty     = 60                     // MB without a number
	goalNumber    = 200                    // KB for each idle number
	goalThousand  = 250                    // MB with 1,000 numbers
)

// coldStart measures from exec to ready on an existing database.
func (w *world) coldStart(ctx context.Context, r *report) error {
	var took []time.Duration
	for range 5 {
		back, err := w.restart(ctx)
		if err != nil {
			return err
		}
		took = append(took, back.ready)
	}
	slices.Sort(took)
	r.most("exec to ready, existing database, median of 5", ms(took[2]), ms(goalReady), "%.0f ms")
	return w.withoutNumbers(ctx, r)
}

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

// pairing measures from the scan on the phone to the event that the number is connected, on a browser's socket.
func (w *world) pairing(ctx context.Context, r *report) error {
	if err := w.withoutNumbers(ctx, r); err != nil {
		return err
	}
	connected := make(chan string, 100)
	b, err := w.listen(ctx, w.tenants[0], func(frame []byte, _ time.Time) {
		if n := connectedNumber(frame); n != "" {
			connected <- n
		}
	})
	if err != nil {
		return err
	}
	defer b.close()
	var took []time.Duration
	for range w.set.pairings {
		d, err := w.pairOne(ctx, connected)
		if err != nil {
			return fmt.Errorf("pairing %d: %w", len(took), err)
		}
		took = append(took, d)
	}
	slices.Sort(took)
	r.note("scan to the event number.state connected, p50", "%.0f ms, of %d one after the other", ms(at(took, 0.5)), len(took))
	r.most("scan to the event number.state connected, p95", ms(at(took, 0.95)), ms(goalPairing), "%.0f ms")
	return nil
}

func (w *world) pairOne(ctx context.Context, connected <-chan string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	n, err := w.addNumber(ctx, len(w.numbers))
	if err != nil {
		return 0, err
	}
	code, err := n.tenant.admin.QR(ctx, n.id)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := n.phone.Scan(ctx, code); err != nil {
		return 0, err
	}
	for {
		select {
		case id := <-connected:
			if id == n.id {
				w.numbers = append(w.numbers, n)
				return time.Since(begun), nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// connectedNumber is the number that a frame tells to be connected, or "".
func connectedNumber(frame []byte) string {
	var m message
	var e struct {
		Number string
		Data   struct{ State string }
	}
	if json.Unmarshal(frame, &m) != nil || m.Event != "number.state" || json.Unmarshal([]byte(m.Data), &e) != nil || e.Data.State != "connected" {
		return ""
	}
	return e.Number
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
	n, goal, each := len(w.numbers), 0.0, 0.0
	if n == 1000 {
		goal = goalThousand
	}
	if n >= 1000 {
		each = goalNumber
	}
	what := fmt.Sprintf("resident memory, %d idle numbers %s", n, since)
	r.most(what, mb(full), goal, "%.0f MB")
	if w.empty > 0 {
		r.most(what+", for each", float64(full-w.empty)/1024/float64(n), each, "%.0f KB")
	}
	return nil
}

// reconnect measures how long all numbers take after a restart, with the limit lifted.
func (w *world) reconnect(ctx context.Context, r *report) error {
	if err := w.link(ctx, max(len(w.numbers), w.set.numbers)); err != nil {
		return err
	}
	back, err := w.restart(ctx)
	if err != nil {
		return err
	}
	used, err := processorTime(w.server.PID())
	if err != nil {
		return err
	}
	n := len(w.numbers)
	r.most(fmt.Sprintf("exec to ready with %d numbers", n), ms(back.ready), ms(goalReady), "%.0f ms")
	goal := goalReconnect.Seconds() * float64(n) / 1000
	r.most(fmt.Sprintf("exec to the last of %d numbers connected, limit lifted", n), back.connected.Seconds(), goal, "%.2f s")
	r.note("processor time of the program per number", "%.1f ms", ms(used)/float64(n))
	return w.weigh(ctx, r, "since a restart")
}

// reconnectLimited is reconnect with the limit that is the default.
func (w *world) reconnectLimited(ctx context.Context, r *report) error {
	if err := w.link(ctx, max(len(w.numbers), w.set.numbers)); err != nil {
		return err
	}
	back, err := w.restart(ctx, "--whatsapp.connects_per_second=5")
	if err != nil {
		return err
	}
	n := len(w.numbers)
	r.note(fmt.Sprintf("exec to the last of %d numbers connected, 5 a second", n), "%.1f s", back.connected.Seconds())
	return nil
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
