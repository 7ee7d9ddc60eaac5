package send

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/wa"
)

// Service queues messages and drains the queue of every ready number. Safe for concurrent use.
type Service struct {
	store  Store
	gov    Governor
	clock  clock.Clock
	log    *slog.Logger
	timing Timing
	lanes  lanes

	sent, failed atomic.Int64
}

// Stats counts what became of messages on this node since it started.
type Stats struct {
	// Sent were taken by WhatsApp; Failed ended otherwise: refused, given up, expired or unclear.
	Sent, Failed int64
}

// Stats returns the counters, for metrics.
func (s *Service) Stats() Stats { return Stats{Sent: s.sent.Load(), Failed: s.failed.Load()} }

// Options are what a Service may be given; the zero value is usable.
type Options struct {
	// Governor paces the lanes; nil means no pace at all.
	Governor Governor
	Clock    clock.Clock
	Log      *slog.Logger
	Timing   Timing
}

// Timing bounds a lane's patience. The zero value of each field means its default.
type Timing struct {
	// SendTimeout is how long one send may take (wa.SendTimeout).
	SendTimeout time.Duration
	// StopGrace is how long a send may go on when its lane stops (5 s): the program stops within seconds, also when
	// WhatsApp does not answer. What is given up goes again under the same id.
	StopGrace time.Duration
	// RetryBase and RetryCap shape the waits between tries: base, twice base, … up to cap (2 s, 5 min).
	RetryBase, RetryCap time.Duration
	// Attempts is how often a message is tried before it fails (8).
	Attempts int
	// ExpireEvery is the longest time between two looks for messages whose time is over (60 s).
	ExpireEvery time.Duration
}

func (t *Timing) defaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&t.SendTimeout, wa.SendTimeout)
	def(&t.StopGrace, 5*time.Second)
	def(&t.RetryBase, 2*time.Second)
	def(&t.RetryCap, 5*time.Minute)
	def(&t.ExpireEvery, time.Minute)
	if t.Attempts == 0 {
		t.Attempts = 8
	}
}

// backoff is the wait after a try, counted from 1.
func (t Timing) backoff(attempt int) time.Duration {
	wait := t.RetryBase
	for range attempt - 1 {
		if wait *= 2; wait >= t.RetryCap {
			return t.RetryCap
		}
	}
	return wait
}

// Sender is a ready number's way out: the part of wa.Link that a lane uses.
type Sender interface {
	// Send hands a message to WhatsApp; errors are *wa.SendError.
	Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error)
}

// New makes a Service. Numbers are drained between Ready and Gone, while Run runs.
func New(store Store, o Options) *Service {
	s := &Service{store: store, gov: o.Governor, clock: o.Clock, log: o.Log, timing: o.Timing}
	s.timing.defaults()
	if s.gov == nil {
		s.gov = Unpaced{}
	}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.lanes.running = map[string]*lane{}
	return s
}

// expireAtOnce is how many rows one look for overdue messages ends.
const expireAtOnce = 500

// Run ends messages whose time is over, also of numbers that are not ready. When ctx ends it stops every lane,
// waiting for the messages in flight; lanes do not start any more after that.
func (s *Service) Run(ctx context.Context) error {
	defer s.lanes.close()
	for {
		expired, next, err := s.store.Expire(ctx, expireAtOnce)
		s.failed.Add(int64(expired))
		if err != nil && ctx.Err() == nil {
			s.log.Error("overdue messages could not be ended", "error", err)
		}
		if err == nil && expired == expireAtOnce {
			continue
		}
		wait := s.timing.ExpireEvery
		if due := next.Sub(s.clock.Now()); !next.IsZero() && due < wait {
			wait = max(due, time.Second)
		}
		if !sleep(ctx, wait, nil) {
			return nil
		}
	}
}

// Queue counts what waits in a workspace.
func (s *Service) Queue(ctx context.Context, workspace string) (Queue, error) {
	q, err := s.store.Queue(ctx, workspace)
	if err != nil {
		return q, fmt.Errorf("queue: %w", err)
	}
	return q, nil
}

// Queue is the state of a workspace's outbox.
type Queue struct {
	// Waiting messages, the age of the oldest (0 when none), and how many failed in the last 24 hours.
	Waiting   int
	OldestAge time.Duration
	Failed24h int
}

// sleep waits until d is over or wake rings, and reports false when ctx ended.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-wake:
	}
	return true
}
