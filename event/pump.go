package event

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// ErrDisabled is what Log.Claim answers for a consumer that fell behind the oldest event
// kept. It gets no more events until somebody enables it again (the pump does so for a Forgetful one).
var ErrDisabled = errors.New("event: the consumer is behind the oldest event kept and was disabled")

// Log is the stamped part of the event log as the pump reads it.
type Log interface {
	// EventsAfter returns up to limit events of all workspaces with a position above after, in order.
	EventsAfter(ctx context.Context, after int64, limit int) ([]Envelope, error)
	// Claim makes this node the one that runs a consumer, for 15 s from now, and returns
	// the consumer's position. A consumer seen for the first time starts behind the newest
	// event. ok is false while another node runs it. Errors: ErrDisabled.
	Claim(ctx context.Context, consumer string) (position int64, ok bool, err error)
	// Advance stores a consumer's position and prolongs the claim; ok is false when another node has taken over.
	Advance(ctx context.Context, consumer string, position int64) (ok bool, err error)
	// Unclaim ends the claim so that another node can go on at once.
	Unclaim(ctx context.Context, consumer string) error
	// Enable lets a disabled consumer go on behind the newest event.
	Enable(ctx context.Context, consumer string) error
	// Stamped is closed when events become visible. Take it before reading.
	Stamped() <-chan struct{}
}

// How the pump waits, and when it calls for help.
const (
	defaultPoll  = time.Second
	defaultBatch = 200
	claimEvery   = 5 * time.Second
	storeEvery   = 200 * time.Millisecond
	// gather is the least time between two looks at the log: what is written meanwhile comes together.
	gather     = 3 * time.Millisecond
	minBackoff = 100 * time.Millisecond
	maxBackoff = 30 * time.Second
	lastWords  = 5 * time.Second
	// stuckAfter tries of one event without success are told as an error (some five seconds), and every remindEvery after
	// that again (some forty minutes).
	stuckAfter  = 7
	remindEvery = 100
)

// Pump feeds consumers from the log, each in its own goroutine with its own cursor:
// in order of position, at least once. A slow or failing consumer holds back only
// itself. Cursors are stored up to 200 ms late, so that a consumer costs no commit per event.
//
// An event that a consumer cannot take is never skipped: it is tried until it is taken, at most 30 s apart, and what is
// behind it waits. Stats and an error in the log tell which one it is. A Pump is used once, and not copied.
type Pump struct {
	Log       Log
	Consumers []Consumer
	// Logger takes failures of consumers. Default: discarded.
	Logger *slog.Logger
	// Poll is how often the log is looked at without a signal. Default 1 s.
	Poll time.Duration
	// Batch bounds a batch. Default 200.
	Batch int

	mu    sync.Mutex
	stuck map[string]Stuck // by consumer, for those that are
}

// Stuck tells of a consumer of this node that does not get on.
type Stuck struct {
	// Since is the first failure since it last got on.
	Since time.Time
	// Tries made of the event at which it stands.
	Tries int
	// Event and Position name that event; empty when the log itself could not be read.
	Event    string
	Position int64
}

// Seconds is how long it has been stuck at now; 0 when it is not.
func (s Stuck) Seconds(now time.Time) float64 {
	if s.Since.IsZero() {
		return 0
	}
	return now.Sub(s.Since).Seconds()
}

// Stats tells of every consumer whether it is stuck: the zero Stuck when it is not, or runs on another node.
func (p *Pump) Stats() map[string]Stuck {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[string]Stuck, len(p.Consumers))
	for _, c := range p.Consumers {
		all[c.Name()] = p.stuck[c.Name()]
	}
	return all
}

// Run feeds the consumers until ctx ends, waits for the batches under way and stores the cursors.
func (p *Pump) Run(ctx context.Context) error {
	p.defaults()
	var all sync.WaitGroup
	for _, c := range p.Consumers {
		f := &feed{pump: p, to: c}
		all.Go(func() { f.run(ctx) })
	}
	all.Wait()
	return nil
}

func (p *Pump) defaults() {
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	if p.Poll == 0 {
		p.Poll = defaultPoll
	}
	if p.Batch == 0 {
		p.Batch = defaultBatch
	}
	p.stuck = make(map[string]Stuck)
}
