package send

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// Governor decides when a number may send. A lane asks it before every claim and tells it of every send.
// Its methods are safe for concurrent use and quick: they do no I/O.
type Governor interface {
	// Next is the earliest moment at which the number may send its next message.
	Next(n wa.NumberRef, now time.Time) time.Time
	// Sent tells that a message was handed to WhatsApp at now, whatever became of it.
	Sent(n wa.NumberRef, now time.Time)
}

// Unpaced is a Governor that never holds back.
type Unpaced struct{}

// Next is now.
func (Unpaced) Next(_ wa.NumberRef, now time.Time) time.Time { return now }

// Sent does nothing.
func (Unpaced) Sent(wa.NumberRef, time.Time) {}

// Pace is a Governor with a fixed gap between two messages of a number: conservative, and no promise against restrictions.
type Pace struct {
	gap, jitter time.Duration

	mu   sync.Mutex
	next map[string]time.Time
}

// NewPace makes a Pace of gap plus up to jitter, evenly spread. A gap of 0 lifts it.
func NewPace(gap, jitter time.Duration) *Pace {
	return &Pace{gap: gap, jitter: jitter, next: map[string]time.Time{}}
}

// Next implements Governor.
func (p *Pace) Next(n wa.NumberRef, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, ok := p.next[n.ID]
	if !ok || next.Before(now) {
		return now
	}
	if limit := now.Add(p.gap + p.jitter); next.After(limit) { // the clock went back
		return limit
	}
	return next
}

// Sent implements Governor.
func (p *Pace) Sent(n wa.NumberRef, now time.Time) {
	if p.gap <= 0 {
		return
	}
	gap := p.gap
	if p.jitter > 0 {
		gap += rand.N(p.jitter)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next[n.ID] = now.Add(gap)
}
