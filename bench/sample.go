package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// sample is what happened between two readings.
type sample struct {
	since, until time.Time
	messages     int64
	late         float64 // messages per second of the second half
	counters     drive.Counters
	program      time.Duration // processor time of the program
	database     time.Duration // of PostgreSQL's processes for it, where they can be seen
	own          time.Duration // of simulator and load
	latency      []time.Duration
}

// reading is one look at all counters.
type reading struct {
	at                     time.Time
	messages               int64
	counters               drive.Counters
	program, database, own time.Duration
}

func (w *world) read(ctx context.Context, l *load) (r reading, err error) {
	if r.counters, err = drive.Scrape(ctx, w.server.URL); err != nil {
		return r, err
	}
	if r.program, err = processorTime(w.server.PID()); err != nil {
		return r, err
	}
	r.database = w.backendTime()
	r.own, err = processorTime(0)
	r.at, r.messages = time.Now(), l.done.Load()
	return r, err
}

func (r reading) since(b reading) sample {
	return sample{
		since: b.at, until: r.at, messages: r.messages - b.messages, counters: r.counters.Since(b.counters),
		program: r.program - b.program, database: r.database - b.database, own: r.own - b.own,
	}
}

// measure runs a load: a warm-up, the measured time, and the wait for what is under way. name is for the profiles, "" keeps none.
func (w *world) measure(ctx context.Context, l *load, d time.Duration, name string) (s sample, err error) {
	w.load.Store(l)
	defer w.load.Store(nil)
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- l.keep(ctx, stop) }()
	if err = pause(ctx, min(3*time.Second, d/2), ended); err == nil {
		profiled := w.profile(ctx, name, d)
		s, err = w.take(ctx, l, d, ended)
		if failed := <-profiled; err == nil {
			err = failed
		}
	}
	close(stop)
	if kept := <-ended; err == nil {
		err = kept
	}
	return s, err
}

// take measures a load that runs.
func (w *world) take(ctx context.Context, l *load, d time.Duration, ended chan error) (s sample, err error) {
	before, err := w.read(ctx, l)
	if err != nil {
		return s, err
	}
	l.measuring.Store(true)
	if err := pause(ctx, d/2, ended); err != nil {
		return s, err
	}
	middle, at := l.done.Load(), time.Now()
	if err := pause(ctx, d/2, ended); err != nil {
		return s, err
	}
	l.measuring.Store(false)
	after, err := w.read(ctx, l)
	s = after.since(before)
	s.late = float64(after.messages-middle) / after.at.Sub(at).Seconds()
	s.latency = l.latencies()
	slices.Sort(s.latency)
	return s, err
}

// exactly runs a load of n messages from rest to rest. With errUnconfirmed the sample tells of the others.
func (w *world) exactly(ctx context.Context, l *load, n int) (s sample, err error) {
	l.each = max(1, n/len(l.lanes))
	w.load.Store(l)
	defer w.load.Store(nil)
	before, err := w.read(ctx, l)
	if err != nil {
		return s, err
	}
	kept := l.keep(ctx, nil)
	after, err := w.read(ctx, l)
	return after.since(before), errors.Join(kept, err)
}

// pause waits, unless ctx or the load ends before.
func pause(ctx context.Context, d time.Duration, ended chan error) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case err := <-ended:
		ended <- err // measure takes it
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s sample) took() time.Duration { return s.until.Sub(s.since) }

func (s sample) rate() float64 { return float64(s.messages) / s.took().Seconds() }

// per is a counter per message.
func (s sample) per(name string) float64 { return s.counters[name] / float64(max(1, s.messages)) }

// each is processor time per message in milliseconds.
func (s sample) each(d time.Duration) float64 { return ms(d) / float64(max(1, s.messages)) }

// at is a percentile of sorted durations.
func at(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
