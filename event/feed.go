package event

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// feed is the pump of one consumer.
type feed struct {
	pump *Pump
	to   Consumer

	held     bool // by this node
	claimed  time.Time
	position int64 // everything up to here was consumed
	stored   int64 // position as the log has it
	storedAt time.Time
	read     time.Time // when the log was read last
	failures int       // since the consumer last got on
	single   int64     // up to here events go one by one: one of them was refused
	next     Envelope  // the first of the batch that is being tried
}

func (f *feed) run(ctx context.Context) {
	for ctx.Err() == nil {
		stamped := f.pump.Log.Stamped()
		more, err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			f.failed(err)
			pause(ctx, nil, f.backoff())
		case more:
			f.gotOn()
		default:
			f.gotOn()
			pause(ctx, stamped, f.idle())
			pause(ctx, nil, gather-time.Since(f.read))
		}
	}
	f.end(ctx)
}

// step does one batch. more is false when nothing is left to do for now.
func (f *feed) step(ctx context.Context) (more bool, err error) {
	f.next = Envelope{}
	if err := f.claim(ctx); err != nil || !f.held {
		return false, err
	}
	f.read = time.Now()
	size := f.size()
	batch, err := f.pump.Log.EventsAfter(ctx, f.position, size)
	if err != nil {
		return false, err
	}
	if len(batch) > 0 {
		last := batch[len(batch)-1].Position
		f.next = batch[0]
		if err := f.consume(ctx, batch); err != nil {
			f.single = max(f.single, last)
			return false, err
		}
		f.position, f.next = last, Envelope{}
	}
	return len(batch) == size, f.store(ctx)
}

// size is how many events the next batch may have. After a failure they come one by one until all of the failed batch are
// done with, so that the event which is refused holds back only those behind it and is known by name.
func (f *feed) size() int {
	if f.position < f.single {
		return 1
	}
	return f.pump.Batch
}

// failed counts a failure and calls for help when one event has failed too often. The text of an event is never logged.
func (f *feed) failed(err error) {
	name := f.to.Name()
	f.pump.mu.Lock()
	s := f.pump.stuck[name]
	if s.Since.IsZero() {
		s.Since = time.Now()
	}
	if s.Event != f.next.ID {
		s.Event, s.Position, s.Tries = f.next.ID, f.next.Position, 0
	}
	s.Tries++
	f.pump.stuck[name] = s
	f.pump.mu.Unlock()

	f.failures++
	f.tell(s, err)
}

// tell logs the first tries as warnings, the one that makes the consumer stuck as an error, and now and then one after it.
func (f *feed) tell(s Stuck, err error) {
	about := []any{"consumer", f.to.Name(), "tries", s.Tries, "since", s.Since, "error", err}
	what := "the event log cannot be read for a consumer"
	if s.Event != "" {
		about = append(about, "event", s.Event, "type", f.next.Type, "position", s.Position)
		what = "an event was not consumed"
	}
	switch {
	case s.Tries == stuckAfter || s.Tries%remindEvery == 0:
		f.pump.Logger.Error(what+"; the consumer is stuck and goes on trying", about...)
	case s.Tries < stuckAfter:
		f.pump.Logger.Warn(what+"; trying again", about...)
	}
}

// gotOn forgets the failures.
func (f *feed) gotOn() {
	if f.failures == 0 {
		return
	}
	f.failures = 0
	f.pump.mu.Lock()
	s := f.pump.stuck[f.to.Name()]
	delete(f.pump.stuck, f.to.Name())
	f.pump.mu.Unlock()
	if s.Tries >= stuckAfter {
		f.pump.Logger.Info("a stuck consumer goes on", "consumer", f.to.Name(), "event", s.Event, "position", s.Position, "tries", s.Tries)
	}
}

// claim takes or prolongs the consumer now and then. Another node's progress replaces our own.
func (f *feed) claim(ctx context.Context) error {
	if f.held && time.Since(f.claimed) < claimEvery {
		return nil
	}
	position, ok, err := f.pump.Log.Claim(ctx, f.to.Name())
	if errors.Is(err, ErrDisabled) {
		position, ok, err = f.forget(ctx, err)
	}
	if err != nil {
		return err
	}
	if ok && !f.held {
		f.position, f.stored, f.storedAt = position, position, time.Now()
	}
	f.held, f.claimed = ok, time.Now()
	return nil
}

// forget lets a consumer who needs nothing of what it missed go on behind the newest event.
func (f *feed) forget(ctx context.Context, disabled error) (int64, bool, error) {
	if _, ok := f.to.(Forgetful); !ok {
		return 0, false, disabled
	}
	f.pump.Logger.Warn("a consumer was behind the oldest event kept and goes on with the newest", "consumer", f.to.Name())
	if err := f.pump.Log.Enable(ctx, f.to.Name()); err != nil {
		return 0, false, err
	}
	f.held = false // its position is another one now
	return f.pump.Log.Claim(ctx, f.to.Name())
}

// consume turns a panic of the consumer into an error, so that it stops nobody else.
func (f *feed) consume(ctx context.Context, batch []Envelope) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("event: consumer %s panicked: %v\n%s", f.to.Name(), r, debug.Stack())
		}
	}()
	return f.to.Consume(ctx, batch)
}

// store writes the cursor unless that was done a moment ago.
func (f *feed) store(ctx context.Context) error {
	if f.position == f.stored || time.Since(f.storedAt) < storeEvery {
		return nil
	}
	ok, err := f.pump.Log.Advance(ctx, f.to.Name(), f.position)
	if err != nil {
		return err
	}
	f.held, f.claimed = ok, time.Now()
	f.stored, f.storedAt = f.position, time.Now()
	return nil
}

// idle is how long to wait without a signal: until the cursor is due, or the next look.
func (f *feed) idle() time.Duration {
	if f.held && f.position != f.stored {
		return storeEvery
	}
	return f.pump.Poll
}

// backoff doubles from 100 ms to 30 s, with full jitter above half of it.
func (f *feed) backoff() time.Duration {
	d := maxBackoff
	if f.failures < 10 {
		d = min(maxBackoff, minBackoff<<(f.failures-1))
	}
	return d/2 + rand.N(d/2)
}

// end stores the cursor and gives the consumer to other nodes.
func (f *feed) end(ctx context.Context) {
	if !f.held {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if f.position != f.stored {
		if _, err := f.pump.Log.Advance(ctx, f.to.Name(), f.position); err != nil {
			f.pump.Logger.Warn("the cursor was not stored; its last events come again", "consumer", f.to.Name(), "error", err)
		}
	}
	if err := f.pump.Log.Unclaim(ctx, f.to.Name()); err != nil {
		f.pump.Logger.Warn("the consumer was not given up", "consumer", f.to.Name(), "error", err)
	}
}

// pause returns at the signal, after d (at once when it is not positive), or when ctx ends.
func pause(ctx context.Context, signal <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-t.C:
	}
}
