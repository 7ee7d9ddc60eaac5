package number_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

const patience = 2 * time.Minute // on a busy machine

// world is a service on a real database, and a simulated WhatsApp.
type world struct {
	t       *testing.T
	db      *store.DB
	net     *sim.Network
	inbox   *memory
	live    *live
	ready   *readiness
	clock   clock.Clock
	limits  number.Limits
	devices func(web.DeviceStore) web.DeviceStore // wraps the device store
	failing *failing
	wrap    func(number.Provider) number.Provider
	hang    atomic.Bool   // what wrap makes of it
	looks   *looks        // watches what the service asks of its store, where it is set
	opened  atomic.Int64  // what wrap counts
	busy    chan struct{} // closed by wrap when a link is held, which goes on when free is closed
	free    chan struct{}
	between func()     // called before and after a link logs out, where wrap says so
	web     web.Config // what start does not set
	numbers *number.Service
	stop    func()
}

// quick are limits for tests: no pace, short waits between two tries, and nothing is given up because the machine is slow.
func quick() number.Limits {
	return number.Limits{ConnectsPerSecond: -1, PairingsPerHour: 50, BackoffBase: 20 * time.Millisecond, BackoffCap: 200 * time.Millisecond,
		ConnectTimeout: time.Minute, PairedTimeout: time.Minute, DeleteTimeout: patience, GoodbyeTimeout: time.Minute, DetachTimeout: time.Minute,
		CheckTimeout: time.Minute, Look: 100 * time.Millisecond, BanMargin: time.Millisecond}
}

// turned is the system's clock, ahead by as much as the test says.
type turned struct{ by atomic.Int64 }

func (c *turned) Now() time.Time { return clock.System{Offset: time.Duration(c.by.Load())}.Now() }

func newWorld(t *testing.T, db *store.DB, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, db: db, inbox: &memory{}, live: &live{}, ready: &readiness{}, clock: clock.System{}, limits: quick()}
	w.net = &sim.Network{}
	for _, c := range change {
		c(w)
	}
	simtest.Start(t, w.net)
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start starts a service on the world's database, as the program does when it starts.
func (w *world) start() {
	w.t.Helper()
	var devices web.DeviceStore = store.Devices{DB: w.db}
	if w.devices != nil {
		devices = w.devices(devices)
	}
	log := slog.New(slog.NewTextHandler(testLog{w.t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	cfg := w.web
	cfg.Versions = store.ClientVersions{DB: w.db, Network: "simulator"}
	cfg.Store, cfg.Clock, cfg.Log, cfg.Simulator = devices, w.clock, log, &web.Simulator{URL: w.net.URL(), Root: w.net.RootKey()}
	provider, err := web.New(cfg)
	require.NoError(w.t, err)
	var links number.Provider = provider
	if w.wrap != nil {
		links = w.wrap(provider)
	}
	node := "node-" + id.New()
	epoch, release := storetest.Lease(w.t, w.db, node)
	lease := lease{node, epoch, make(chan struct{})}
	var data number.Store = store.Numbers{DB: w.db}
	if w.looks != nil {
		w.looks.Store = data
		data = w.looks
	}
	w.numbers = number.New(data, links, number.Options{Leases: lease, Live: w.live, Clock: w.clock, Log: log, Limits: w.limits})
	w.numbers.Bind(w.inbox, w.ready)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.numbers.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		release()
	})
	require.Eventually(w.t, func() bool { return w.numbers.Running() }, patience, time.Millisecond)
}

// workspace makes a workspace with a plan.
func (w *world) workspace(maxNumbers int) string {
	w.t.Helper()
	ws := id.New()
	err := w.db.Write(w.t.Context(), ws, func(tx *store.Tx) error {
		_, err := tx.Exec(w.t.Context(), `INSERT INTO plans (workspace, max_numbers) VALUES ($1, $2)`, ws, maxNumbers)
		return err
	})
	require.NoError(w.t, err)
	return ws
}

func (w *world) create(ws string) number.Number {
	w.t.Helper()
	n, err := w.numbers.Create(w.t.Context(), ws, number.Draft{Name: "Shop"})
	require.NoError(w.t, err)
	return n
}

// qr starts a pairing and returns the text of its first code.
func (w *world) qr(n number.Number) string {
	w.t.Helper()
	_, err := w.numbers.Pair(w.t.Context(), n.Workspace, n.ID, number.MethodQR, "")
	require.NoError(w.t, err)
	return w.step(n, number.StepShown).QR.Text
}

// pair links a number to an account and waits until it is connected.
func (w *world) pair(n number.Number, a *sim.Account) number.Number {
	w.t.Helper()
	require.NoError(w.t, a.Scan(simtest.Context(w.t), w.qr(n)))
	return w.state(n, number.Connected)
}

// step waits until the number's pairing is at a step.
func (w *world) step(n number.Number, want number.Step) (v number.PairingView) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var err error
		v, err = w.numbers.Pairing(w.t.Context(), n.Workspace, n.ID)
		return err == nil && v.Step == want
	}, patience, 5*time.Millisecond, "the pairing never came to %s", want)
	return v
}

// state waits until the number is in a state.
func (w *world) state(n number.Number, want number.State) (got number.Number) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var err error
		got, err = w.numbers.Get(w.t.Context(), n.Workspace, n.ID)
		return err == nil && got.State == want
	}, patience, 5*time.Millisecond, "the number never was %s", want)
	return got
}

// events are a workspace's stamped events of a number.
func (w *world) events(ws string, kind event.Type) []event.Envelope {
	w.t.Helper()
	p, err := w.db.Events(w.t.Context(), ws, event.Query{Types: []event.Type{kind}, Limit: 200})
	require.NoError(w.t, err)
	return p.Items
}

// told waits until the log tells of these states of a number with their causes, in this order. Who looks at the number itself
// may miss one that lasts for a moment.
func (w *world) told(n number.Number, want ...number.Transition) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		left := want
		for _, e := range w.events(n.Workspace, event.NumberState) {
			var s number.StateEvent
			require.NoError(w.t, json.Unmarshal(e.Data, &s))
			if len(left) > 0 && e.Number == n.ID && s.State == left[0].State && s.Cause == left[0].Cause {
				left = left[1:]
			}
		}
		return len(left) == 0
	}, patience, 5*time.Millisecond, "the log does not tell of %+v", want)
}

// received are the texts that the inbox has, each once, in the order of their arrival.
func (w *world) received() []string { return w.inbox.texts() }

type lease struct {
	node  string
	epoch int64
	lost  chan struct{}
}

func (l lease) Node() string          { return l.node }
func (l lease) Epoch() int64          { return l.epoch }
func (l lease) Lost() <-chan struct{} { return l.lost }

// memory is an inbox that keeps messages as the real one does: the second arrival is a no-op.
type memory struct {
	mu       sync.Mutex
	seen     map[string]bool
	messages []wa.Incoming
	receipts []wa.Receipt
	typing   []wa.Typing
	sent     map[string]wa.Outgoing
	// trouble is asked before a message is kept; it may fail or panic.
	trouble func(wa.Incoming) error
}

func (m *memory) Message(_ context.Context, _ wa.NumberRef, in wa.Incoming) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trouble != nil {
		if err := m.trouble(in); err != nil {
			return err
		}
	}
	key := string(in.Contact.LID) + string(in.Contact.Phone) + in.ID
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	if !m.seen[key] && !in.FromMe {
		m.messages = append(m.messages, in)
	}
	m.seen[key] = true
	return nil
}

func (m *memory) History(context.Context, wa.NumberRef, []wa.Incoming) error { return nil }

func (m *memory) Receipt(_ context.Context, _ wa.NumberRef, r wa.Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.receipts = append(m.receipts, r)
	return nil
}

func (m *memory) Typing(_ context.Context, _ wa.NumberRef, t wa.Typing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.typing = append(m.typing, t)
}

func (m *memory) Learned(context.Context, wa.NumberRef, []wa.Person) error { return nil }

func (m *memory) SentText(_ context.Context, _ wa.NumberRef, id string) (wa.Outgoing, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out, ok := m.sent[id]
	return out, ok, nil
}

func (m *memory) texts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var texts []string
	for _, in := range m.messages {
		texts = append(texts, in.Text)
	}
	return texts
}

func (m *memory) setTrouble(f func(wa.Incoming) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble = f
}

// live keeps what was published.
type live struct {
	mu     sync.Mutex
	events []event.Envelope
}

func (l *live) Publish(_ context.Context, e event.Envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *live) of(kind event.Type) (found []event.Envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// readiness is an observer that keeps the links of ready numbers.
type readiness struct {
	mu    sync.Mutex
	links map[string]wa.Link
	// leaving is called when a number is gone; the number's runner waits for it.
	leaving func()
}

func (r *readiness) Ready(n wa.NumberRef, link wa.Link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.links == nil {
		r.links = map[string]wa.Link{}
	}
	r.links[n.ID] = link
}

func (r *readiness) Gone(n wa.NumberRef) {
	r.mu.Lock()
	delete(r.links, n.ID)
	leaving := r.leaving
	r.mu.Unlock()
	if leaving != nil {
		leaving()
	}
}

func (r *readiness) link(id string) wa.Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.links[id]
}

var errTrouble = errors.New("the test's trouble")

// testLog shows the program's log with the test that fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(string(b))
	}
	return len(b), nil
}

// each runs a story on every engine.
func each(t *testing.T, story func(t *testing.T, w *world), change ...func(*world)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { story(t, newWorld(t, db, change...)) })
}
