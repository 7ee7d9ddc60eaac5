package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// lane is one number under load.
type lane struct {
	*number
	index  int
	window chan struct{} // holds a token for each message under way

	mu   sync.Mutex
	all  []trip
	took []time.Duration // from begin to confirmation, while it is measured
}

// trip is one message under way.
type trip struct {
	id                      string
	begun, accepted, arrive time.Time // arrive is at the browser
}

// contact is who the i-th message of the lane is from or to.
func (l *lane) contact(i int) *sim.Contact { return l.contacts[i%len(l.contacts)] }

// begin numbers the lane's next message.
func (l *lane) begin() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, trip{begun: time.Now()})
	return len(l.all) - 1
}

// note notes a confirmation.
func (l *lane) note(i int, id string, accepted, at time.Time, measuring bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &l.all[i]
	t.id, t.accepted = id, accepted
	if measuring {
		l.took = append(l.took, at.Sub(t.begun))
	}
}

// arrived notes that a browser has the message.
func (l *lane) arrived(i int, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := &l.all[i]; t.arrive.IsZero() {
		t.arrive = at
	}
}

// ids are WhatsApp's ids of the lane's messages.
func (l *lane) ids() (ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.all {
		if t.id != "" {
			ids = append(ids, t.id)
		}
	}
	return ids
}

// errUnconfirmed is the end of a load of which something never arrived.
var errUnconfirmed = errors.New("not confirmed")

// settle waits until the lane has nothing under way.
func (l *lane) settle(ctx context.Context) error {
	for free := range cap(l.window) {
		select {
		case l.window <- struct{}{}:
			continue
		default:
		}
		select {
		case l.window <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("%w within a minute: %d messages of lane %d", errUnconfirmed, cap(l.window)-free, l.index)
		}
	}
	return nil
}

// text is what the i-th message of a lane says.
func (l *load) text(one *lane, i int) string {
	return "Halo kak, apakah pesanan saya sudah dikirim? " + l.mark + strconv.Itoa(one.index) + "." + strconv.Itoa(i) + "#"
}

// find reads the lane and the message from whatever has a text of this load in it.
func (l *load) find(in []byte) (one *lane, i int, ok bool) {
	_, rest, ok := bytes.Cut(in, []byte(l.mark))
	if !ok {
		return nil, 0, false
	}
	rest, _, _ = bytes.Cut(rest, []byte("#"))
	head, tail, _ := bytes.Cut(rest, []byte("."))
	n, err := strconv.Atoi(string(head))
	if err != nil || n >= len(l.lanes) {
		return nil, 0, false
	}
	i, err = strconv.Atoi(string(tail))
	return l.lanes[n], i, err == nil
}

// latencies are what was measured from begin to confirmation, of all lanes.
func (l *load) latencies() (all []time.Duration) {
	for _, one := range l.lanes {
		one.mu.Lock()
		all = append(all, one.took...)
		one.mu.Unlock()
	}
	return all
}

// shown are the times from the network to the browser of messages that began within [since, until), and how many of these
// the browser never got.
func (l *load) shown(since, until time.Time) (all []time.Duration, missing int) {
	for _, one := range l.lanes {
		one.mu.Lock()
		for _, t := range one.all {
			switch {
			case t.begun.Before(since) || !t.begun.Before(until) || t.accepted.IsZero():
			case t.arrive.IsZero():
				missing++
			default:
				all = append(all, t.arrive.Sub(t.accepted))
			}
		}
		one.mu.Unlock()
	}
	return all, missing
}
