package event_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
)

// memory is a log of n events, in memory, so that a test can turn time.
type memory struct {
	mu      sync.Mutex
	events  []event.Envelope
	cursors map[string]int64
	reads   []int // how many events each read asked for
}

func remember(n int) *memory {
	m := &memory{cursors: map[string]int64{}}
	for i := range n {
		m.events = append(m.events, event.Envelope{
			ID: "01EVENT" + string(rune('A'+i)), Position: int64(i + 1), Type: event.MessageReceived, Data: []byte(`{"text":"a secret of the customer"}`),
		})
	}
	return m
}

func (m *memory) EventsAfter(_ context.Context, after int64, limit int) ([]event.Envelope, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads = append(m.reads, limit)
	left := m.events[after:]
	return slices.Clone(left[:min(limit, len(left))]), nil
}

func (m *memory) Claim(_ context.Context, consumer string) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[consumer], true, nil
}

func (m *memory) Advance(_ context.Context, consumer string, position int64) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursors[consumer] = position
	return true, nil
}

func (m *memory) Unclaim(context.Context, string) error { return nil }
func (m *memory) Enable(context.Context, string) error  { return nil }
func (m *memory) Stamped() <-chan struct{}              { return nil }

// An event that a consumer cannot take must not be skipped, and must not be retried for ever without anybody knowing.
func TestAPoisonEventIsToldByNameAndHoldsBackOnlyWhatIsBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const poison = 5
		var healed atomic.Bool
		e := &ear{name: "webhook"}
		e.before = func(batch []event.Envelope) error {
			if !healed.Load() && slices.ContainsFunc(batch, func(one event.Envelope) bool { return one.Position == poison }) {
				return errors.New("boom")
			}
			return nil
		}
		well := &ear{name: "realtime"}
		var log journal
		pump := &event.Pump{Log: remember(9), Consumers: []event.Consumer{e, well}, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- pump.Run(ctx) }()

		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []int64{1, 2, 3, 4}, e.positions(), "those before it are consumed")
		require.NotContains(t, log.String(), "level=ERROR", "a few failures are no alarm")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		stuck := pump.Stats()["webhook"]
		require.Equal(t, "01EVENTE", stuck.Event)
		require.EqualValues(t, poison, stuck.Position)
		require.InDelta(t, 60, stuck.Seconds(time.Now()), 1)
		require.Zero(t, pump.Stats()["realtime"].Seconds(time.Now()))
		require.Equal(t, counting(9), well.positions())
		alarm := linesWith(log.String(), "level=ERROR")
		require.Len(t, alarm, 1, "once, and not with every try")
		for _, part := range []string{"consumer=webhook", "event=01EVENTE", "position=5", "boom"} {
			require.Contains(t, alarm[0], part)
		}
		require.NotContains(t, log.String(), "secret")

		time.Sleep(3 * time.Hour)
		synctest.Wait()
		require.InDelta(t, 5, len(linesWith(log.String(), "level=ERROR")), 2, "and again now and then")

		healed.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, counting(9), e.positions(), "in order, none skipped, none twice")
		require.Zero(t, pump.Stats()["webhook"])
		cancel()
		require.NoError(t, <-done)
	})
}

// A log that cannot be read stops its consumers as well.
func TestAConsumerWithoutALogIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		pump := &event.Pump{Log: disabled{remember(0)}, Consumers: []event.Consumer{&ear{name: "webhook"}}, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- pump.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.InDelta(t, 60, pump.Stats()["webhook"].Seconds(time.Now()), 1)
		require.Contains(t, strings.Join(linesWith(log.String(), "level=ERROR"), ""), "was disabled")
		cancel()
		require.NoError(t, <-done)
	})
}

type disabled struct{ *memory }

func (disabled) Claim(context.Context, string) (int64, bool, error) {
	return 0, false, event.ErrDisabled
}

// A consumer that lives in the present goes on by itself.
func TestAForgetfulConsumerGoesOnWithTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &behind{memory: remember(9)}
		e := &forgetful{ear{name: "realtime"}}
		pump := &event.Pump{Log: log, Consumers: []event.Consumer{e}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- pump.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Zero(t, pump.Stats()["realtime"])
		require.Equal(t, []int64{8, 9}, e.positions(), "from where it was enabled")
		cancel()
		require.NoError(t, <-done)
	})
}

type forgetful struct{ ear }

func (*forgetful) Forgets() {}

// behind has disabled the consumer, until somebody enables it behind the seventh event.
type behind struct {
	*memory
	enabled bool
}

func (b *behind) Claim(ctx context.Context, consumer string) (int64, bool, error) {
	if !b.enabled {
		return 0, false, event.ErrDisabled
	}
	return b.memory.Claim(ctx, consumer)
}

func (b *behind) Enable(ctx context.Context, consumer string) error {
	b.enabled = true
	_, err := b.Advance(ctx, consumer, 7)
	return err
}

// journal is a log that a test reads while the pump writes: turning the time orders the two, and the race detector does not know.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func linesWith(text, part string) (found []string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			found = append(found, line)
		}
	}
	return found
}
