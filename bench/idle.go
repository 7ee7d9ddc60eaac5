package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// The goals of issue 3 for a program without load; those of memory are in memory.go.
const (
	goalReady     = 300 * time.Millisecond
	goalPairing   = 300 * time.Millisecond // p95
	goalReconnect = 15 * time.Second       // of 1,000 numbers
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
	r.note(fmt.Sprintf("signal to the end of the program with %d numbers", n), "%.2f s", back.stopped.Seconds())
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
