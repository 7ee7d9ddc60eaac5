package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

const (
	goalBusy = 150 * time.Millisecond // p99 at half of the most
	goalCalm = 10 * time.Millisecond  // p99 at 1,000 messages a minute
)

// browser measures from the network to a browser's socket, at half of the inbound rate and at 1,000 messages per minute.
func (w *world) browser(ctx context.Context, r *report) error {
	if w.inboundRate == 0 { // the row was left out
		s, err := w.measure(ctx, w.writing(), w.set.seconds/4, "")
		if err != nil {
			return err
		}
		w.inboundRate = s.rate()
	}
	if err := w.show(ctx, r, "at half of the inbound rate", w.inboundRate/2, goalBusy); err != nil {
		return err
	}
	return w.show(ctx, r, "at 1,000 messages per minute", 1000.0/60, goalCalm)
}

// show measures at one rate, with a browser for each workspace.
func (w *world) show(ctx context.Context, r *report, when string, rate float64, goal time.Duration) error {
	l := w.writing()
	l.rate = rate
	for _, one := range l.lanes {
		one.window = make(chan struct{}, 1000) // the rate decides, not the window
	}
	var all []*browser
	defer func() {
		for _, b := range all {
			b.close()
		}
	}()
	for _, t := range w.tenants {
		b, err := w.listen(ctx, t, l.received)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	s, err := w.measure(ctx, l, w.set.seconds, r.row)
	if err != nil {
		return err
	}
	if w.kind == "delay" {
		goal = 0
	}
	took, err := l.onScreen(ctx, s)
	if err != nil {
		return err
	}
	r.latency("network to a browser's socket "+when, took, goal)
	r.note("network to a browser's socket "+when+", over", "%.0f messages/s in %d workspaces, %d messages", s.rate(), len(all), len(took))
	return nil
}

// received takes a frame of a browser.
func (l *load) received(frame []byte, at time.Time) {
	if !bytes.HasPrefix(frame, []byte(`{"event":"message.received"`)) {
		return
	}
	if one, i, ok := l.find(frame); ok {
		one.arrived(i, at)
	}
}

// onScreen waits until the browsers have got everything, and returns how long it took.
func (l *load) onScreen(ctx context.Context, s sample) (took []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var missing int
	err = drive.Until(ctx, func() (bool, error) {
		took, missing = l.shown(s.since, s.until)
		return missing == 0, nil
	})
	if missing > 0 {
		return nil, errors.Join(fmt.Errorf("%d messages of %d never reached a browser", missing, missing+len(took)), err)
	}
	slices.Sort(took)
	return took, nil
}
