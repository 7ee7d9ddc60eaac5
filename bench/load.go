package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sapa-chat/sapa/sim"
)

// load is messages (or receipts) under way. In a closed loop each lane keeps its window full; in a paced one they begin at a
// rate, and the window only bounds what is under way. One leaves the window when the simulated network has its confirmation,
// which for what goes to the program comes after the commit.
type load struct {
	mark    string // in every text, so that what an earlier load left is not taken for ours
	lanes   []*lane
	byPhone map[string]*lane
	callers int     // per lane
	each    int     // messages per lane; 0 is until it is stopped
	rate    float64 // messages per second over all lanes; 0 is a closed loop
	from    from
	send    func(ctx context.Context, l *lane, i int, text string) error

	done      atomic.Int64
	measuring atomic.Bool
}

// from says whose confirmation ends a message.
type from int

const (
	companion from = iota // the program, by acknowledging a message
	person                // a contact, by decrypting it
	receipt               // the program, by acknowledging a receipt
)

var loads atomic.Int64

func newLoad(numbers []*number, window int, confirmedBy from) *load {
	l := &load{mark: fmt.Sprintf("#%d.", loads.Add(1)), callers: 1, from: confirmedBy, byPhone: map[string]*lane{}}
	for i, n := range numbers {
		one := &lane{number: n, index: i, window: make(chan struct{}, window)}
		l.lanes = append(l.lanes, one)
		l.byPhone[n.phone.Phone()] = one
	}
	return l
}

// keep sends until stop ends or every lane has had its messages, and then waits until nothing is under way.
func (l *load) keep(ctx context.Context, stop <-chan struct{}) error {
	group, grouped := errgroup.WithContext(ctx)
	ticks := l.pace(stop)
	for _, one := range l.lanes {
		for range l.callers {
			group.Go(func() error { return l.fill(grouped, one, stop, ticks) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var lost error
	for _, one := range l.lanes {
		lost = errors.Join(lost, one.settle(ctx))
	}
	return lost
}

// fill sends one message after the other while the window has room.
func (l *load) fill(ctx context.Context, one *lane, stop <-chan struct{}, ticks <-chan struct{}) error {
	for {
		if ticks != nil {
			select {
			case <-stop:
				return nil
			case <-ticks:
			}
		}
		select {
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case one.window <- struct{}{}:
		}
		i := one.begin()
		if l.each > 0 && i >= l.each {
			<-one.window
			return nil
		}
		if err := l.send(ctx, one, i, l.text(one, i)); err != nil {
			return fmt.Errorf("message %d of lane %d: %w", i, one.index, err)
		}
	}
}

// pace makes a tick for each message that is due; nil without a rate. Who is late catches up.
func (l *load) pace(stop <-chan struct{}) <-chan struct{} {
	if l.rate == 0 {
		return nil
	}
	ticks := make(chan struct{}, 1000)
	go func() {
		begun, gap := time.Now(), time.Duration(float64(time.Second)/l.rate)
		timer := time.NewTimer(0)
		defer timer.Stop()
		for n := time.Duration(1); ; n++ {
			select {
			case <-stop:
				return
			case <-timer.C:
			}
			timer.Reset(time.Until(begun.Add(n * gap)))
			select {
			case ticks <- struct{}{}:
			case <-stop:
				return
			}
		}
	}()
	return ticks
}

// confirmed takes a message out of its window.
func (l *load) confirmed(c sim.Confirmation) {
	if c.By != c.To || l.from == receipt || (c.Device == 0) != (l.from == person) {
		return
	}
	if one, i, ok := l.find([]byte(c.Text)); ok {
		one.note(i, c.ID, c.Accepted, c.At, l.measuring.Load())
		l.done.Add(1)
		<-one.window
	}
}

// acknowledged takes a receipt out of its window.
func (l *load) acknowledged(phone string) {
	if one := l.byPhone[phone]; one != nil && l.from == receipt {
		select {
		case <-one.window:
			l.done.Add(1)
		default: // somebody else's
		}
	}
}
