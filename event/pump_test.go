package event_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/leak"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

const (
	waitFor = 2 * time.Minute // a consumer that has failed for long is tried twice a minute
	tick    = time.Millisecond
)

// ear is a consumer that remembers what it heard.
type ear struct {
	name   string
	before func(batch []event.Envelope) error
	mu     sync.Mutex
	heard  []int64
}

func (e *ear) Name() string { return e.name }

func (e *ear) Consume(_ context.Context, batch []event.Envelope) error {
	if e.before != nil {
		if err := e.before(batch); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range batch {
		e.heard = append(e.heard, one.Position)
	}
	return nil
}

func (e *ear) positions() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int64(nil), e.heard...)
}

// start runs a pump and returns once all its consumers are known to the log.
func start(t *testing.T, db *store.DB, consumers ...event.Consumer) (stop func()) {
	t.Helper()
	return startPump(t, db, &event.Pump{}, consumers...)
}

func startPump(t *testing.T, db *store.DB, pump *event.Pump, consumers ...event.Consumer) (stop func()) {
	t.Helper()
	log := store.EventLog{DB: db, Node: "a"}
	for _, c := range consumers { // a consumer starts behind the newest event: be there first
		_, ok, err := log.Claim(t.Context(), c.Name())
		require.NoError(t, err)
		require.True(t, ok)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	pump.Log, pump.Consumers, pump.Batch = log, consumers, 7
	go func() { done <- pump.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return stop
}

func write(t *testing.T, db *store.DB, n int) {
	t.Helper()
	for range n {
		require.NoError(t, db.Write(context.Background(), "w1", func(tx *store.Tx) error {
			return tx.Append(context.Background(), event.Draft{Type: event.MessageReceived})
		}))
	}
}

func counting(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i + 1)
	}
	return out
}

func TestEveryConsumerGetsEveryEventInOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := &ear{name: "a"}, &ear{name: "b"}
		start(t, db, a, b)
		write(t, db, 30)
		for _, e := range []*ear{a, b} {
			require.Eventually(t, func() bool { return len(e.positions()) == 30 }, waitFor, tick)
			require.Equal(t, counting(30), e.positions())
		}
	})
}

func TestASlowAndAFailingConsumerHoldBackOnlyThemselves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		free := make(chan struct{})
		var healthy atomic.Bool
		slow := &ear{name: "slow", before: func([]event.Envelope) error { <-free; return nil }}
		failing := &ear{name: "failing", before: func([]event.Envelope) error {
			if !healthy.Load() {
				return errors.New("not now")
			}
			return nil
		}}
		panicking := &ear{name: "panicking", before: func([]event.Envelope) error {
			if !healthy.Load() {
				panic("oops")
			}
			return nil
		}}
		well := &ear{name: "well"}
		start(t, db, slow, failing, panicking, well)
		write(t, db, 10)
		require.Eventually(t, func() bool { return len(well.positions()) == 10 }, waitFor, tick)
		require.Empty(t, slow.positions())
		require.Empty(t, failing.positions())
		close(free)
		healthy.Store(true)
		for _, e := range []*ear{slow, failing, panicking} {
			require.Eventually(t, func() bool { return len(e.positions()) == 10 }, waitFor, tick, e.name)
			require.Equal(t, counting(10), e.positions(), e.name)
		}
	})
}

func TestAStoppedPumpGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e := &ear{name: "e"}
		stop := start(t, db, e)
		write(t, db, 5)
		require.Eventually(t, func() bool { return len(e.positions()) == 5 }, waitFor, tick)
		stop()
		write(t, db, 5)
		start(t, db, e)
		require.Eventually(t, func() bool { return len(e.positions()) == 10 }, waitFor, tick)
		require.Equal(t, counting(10), e.positions(), "nothing twice after an orderly stop")
	})
}

// What a person writes must reach the screens of others at once: the pump is woken, and does not wait for its next look.
func TestAnEventArrivesWithItsCommit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	arrived := make(chan struct{}, 1)
	startPump(t, db, &event.Pump{Poll: time.Hour}, &ear{name: "e", before: func([]event.Envelope) error { arrived <- struct{}{}; return nil }})
	for range 20 {
		write(t, db, 1)
		<-arrived
	}
}
