package number

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
)

// Service is the numbers of the installation, as far as this node runs them. Safe for concurrent use.
type Service struct {
	store     Store
	provider  Provider
	leases    Leases
	live      event.Live
	clock     clock.Clock
	log       *slog.Logger
	limits    Limits
	inbox     Inbox
	observers []Observer
	admission *admission
	outdated  outdated
	taken     atomic.Int64 // messages since the start

	mu       sync.Mutex
	running  context.Context // nil while Run is not
	runners  map[string]*runner
	views    map[string]PairingView // of pairings that ended
	deleting map[string]bool        // whose deletion is being finished
	leaving  map[string]int         // logouts under way, by number
	work     sync.WaitGroup
}

// Options are what a Service may be given besides its store and provider.
type Options struct {
	Leases Leases
	Live   event.Live
	Clock  clock.Clock
	Log    *slog.Logger
	Limits Limits
}

// Limits bound what a Service does. The zero value of each field means its default.
type Limits struct {
	// PairingsPerHour is how many pairings a workspace may start within an hour (5); negative lifts it.
	PairingsPerHour int
	// ConnectsPerSecond is the installation's budget of connection attempts (5); negative lifts it.
	ConnectsPerSecond float64
	// Connecting is how many numbers may connect or pair at the same time (16).
	Connecting int
	// MemoryBytes is the memory above which no further number is connected; 0 takes the process's GOMEMLIMIT, if any.
	MemoryBytes int64
	// Silence is after how long without any sign of life a connection is given up (90 s).
	Silence time.Duration
	// ConnectTimeout is how long a connect may take until WhatsApp says that we are logged in (30 s), and
	// PairedTimeout the same right after a pairing (12 s).
	ConnectTimeout, PairedTimeout time.Duration
	// BackoffBase and BackoffCap shape the reconnect delays (1 s, 5 min), with full jitter.
	BackoffBase, BackoffCap time.Duration
	// BanMargin is the least that is waited after a temporary ban ended (10 min); up to twice as much is added at random.
	BanMargin time.Duration
	// Recycle is the age at which a connection is opened anew to bound the client's caches (7 days, ± a fifth).
	Recycle time.Duration
	// DeleteTimeout is when Delete returns at the latest, whatever hangs (9 s); GoodbyeTimeout how long WhatsApp may take to
	// be told of a logout or deletion (5 s), DetachTimeout how long the number's runner may take to let go (2 s).
	DeleteTimeout, GoodbyeTimeout, DetachTimeout time.Duration
	// CheckTimeout is how long a pairing waits for the answer whether the phone's other link still stands (8 s).
	CheckTimeout time.Duration
	// Look is how often numbers are looked for that no node runs (5 s).
	Look time.Duration
}

func orDefault[T comparable](value *T, def T) {
	var zero T
	if *value == zero {
		*value = def
	}
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.PairingsPerHour, 5)
	orDefault(&l.ConnectsPerSecond, 5)
	orDefault(&l.Connecting, 16)
	orDefault(&l.Silence, 90*time.Second)
	orDefault(&l.ConnectTimeout, 30*time.Second)
	orDefault(&l.PairedTimeout, 12*time.Second)
	orDefault(&l.BackoffBase, time.Second)
	orDefault(&l.BackoffCap, 5*time.Minute)
	orDefault(&l.BanMargin, 10*time.Minute)
	orDefault(&l.Recycle, 7*24*time.Hour)
	orDefault(&l.DeleteTimeout, 9*time.Second)
	orDefault(&l.GoodbyeTimeout, 5*time.Second)
	orDefault(&l.DetachTimeout, 2*time.Second)
	orDefault(&l.CheckTimeout, 8*time.Second)
	orDefault(&l.Look, 5*time.Second)
	return l
}

// New makes a Service. Give it its inbox and observers with [Service.Bind], then run it.
func New(store Store, provider Provider, o Options) *Service {
	s := &Service{store: store, provider: provider, leases: o.Leases, live: o.Live, clock: o.Clock, log: o.Log,
		limits: o.Limits.withDefaults(), runners: map[string]*runner{}, views: map[string]PairingView{}, deleting: map[string]bool{}, leaving: map[string]int{}}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.admission = newAdmission(s.limits)
	return s
}

// Bind sets who takes messages and who is told of readiness. Call it once, before Run.
func (s *Service) Bind(inbox Inbox, observers ...Observer) { s.inbox, s.observers = inbox, observers }

// Stats counts this node's numbers by state and signs of load, for metrics.
type Stats struct {
	ByState map[State]int
	// Links are open connections; MessagesIn counts messages taken since the start.
	Links      int
	MessagesIn int64
	// LinkBytes is about what a connection costs in memory, measured; 0 until there are some.
	LinkBytes int64
}

// Stats returns the figures of this node.
func (s *Service) Stats() Stats {
	st := Stats{ByState: map[State]int{}, MessagesIn: s.taken.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runners {
		n := r.snapshot()
		st.ByState[n.State]++
		if n.Ready() {
			st.Links++
		}
	}
	st.LinkBytes = s.admission.cost(st.Links)
	return st
}

// publish tells who listens now; what is missed is asked for again.
func (s *Service) publish(ctx context.Context, e event.Envelope) {
	if s.live != nil {
		s.live.Publish(ctx, e)
	}
}

// Running reports whether Run is at work.
func (s *Service) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running != nil
}
