package pusher_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

// manual is a clock that tests move.
type manual struct {
	mu sync.Mutex
	at time.Time
}

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *manual) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

func TestASilentClientIsPingedAndThenClosed(t *testing.T) {
	t.Parallel()
	dead := start(t, pusher.Options{PingAfter: 50 * time.Millisecond, PongTimeout: 50 * time.Millisecond}).connect()
	dead.expect("pusher:ping")
	require.Equal(t, pusher.CodeNoPong, dead.closed())
}

// The next ping comes only after an answer has been heard.
func TestAClientThatAnswersIsPingedAgain(t *testing.T) {
	t.Parallel()
	alive := start(t, pusher.Options{PingAfter: 50 * time.Millisecond, PongTimeout: time.Hour}).connect()
	for range 5 {
		alive.expect("pusher:ping")
		alive.raw(`{"event":"pusher:pong","data":{}}`)
	}
	alive.silent()
}

func TestASlowReaderIsCutWithoutHarmToOthers(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{
		CloseTimeout: 100 * time.Millisecond,
		WriteTimeout: patience, // the queue is to be full before the write is given up
		Limits:       pusher.Limits{QueueFrames: 64, QueueBytes: 1 << 30},
	})
	slow, quick := f.connect(), f.connect()
	slow.subscribe("news", "")
	quick.subscribe("news", "")
	data := strings.Repeat("x", 16<<10)
	sent := 0
	for f.Stats().Slow == 0 && sent < 10_000 { // the slow one does not read; the quick one does
		require.NoError(t, f.Trigger("1", "news", "tick", data, ""))
		quick.expect("tick")
		sent++
	}
	require.EqualValues(t, 1, f.Stats().Slow)
	require.EqualValues(t, 1, f.Stats().Closed[pusher.CodeReconnect])
	require.Eventually(t, func() bool { return f.Stats().Connections == 1 }, patience, 10*time.Millisecond)
	require.NoError(t, f.Trigger("1", "news", "last", "{}", ""))
	quick.expect("last")
}

func TestWhoComesDuringADrainIsAskedToComeBack(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	var sockets []*socket
	for range 5 {
		sockets = append(sockets, f.connect())
	}
	ctx, cancel := context.WithCancel(context.Background())
	drained := make(chan struct{})
	go func() { defer close(drained); f.Drain(ctx, time.Hour) }()
	require.Eventually(t, func() bool { return f.Stats().Draining }, patience, time.Millisecond)
	late := f.dial("/app/key-one?protocol=7", nil)
	require.Equal(t, pusher.CodeOverCapacity, late.closed(), "new sockets are asked to come back")

	cancel()
	for _, s := range sockets {
		require.Equal(t, pusher.CodeReconnect, s.closed())
	}
	<-drained
	answer, err := http.Get(f.url + "/app/key-one?protocol=7")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, "after the drain nothing is accepted")
}

func TestADrainThatIsCutShortClosesTheRestAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan struct{})
	go func() { defer close(done); f.Drain(ctx, time.Hour) }()
	require.Equal(t, pusher.CodeReconnect, s.closed())
	<-done
}

func TestCloseApp(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	one, two := f.connect(), f.connectTo("key-two")
	f.CloseApp(t.Context(), "1", "rights have changed", 0)
	require.Equal(t, pusher.CodeReconnect, one.closed())
	require.Equal(t, "rights have changed", one.reason)
	two.silent()
}

// Whoever lost all rights does not come back, and is told why; nobody else is touched.
func TestExpel(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	gone, both, stays, elsewhere := f.connect(), f.connect(), f.connect(), f.connectTo("key-two")
	f.Vouch("1", gone.id, "ana")
	f.Vouch("1", gone.id, "ana")
	f.Vouch("1", both.id, "budi")
	f.Vouch("1", both.id, "ana")
	f.Vouch("1", stays.id, "budi")
	f.Vouch("1", elsewhere.id, "ana")
	f.Vouch("2", elsewhere.id, "ana")
	f.Vouch("1", "1.1", "ana")
	f.Vouch("none", "1.1", "ana")
	require.Equal(t, 2, f.Expel("1", "ana", "you were removed"))
	for _, s := range []*socket{gone, both} {
		require.Contains(t, s.expect("pusher:error").text(), "you were removed")
		require.Equal(t, pusher.CodeUnauthorized, s.closed(), "final for pusher-js")
		require.Equal(t, "you were removed", s.reason)
	}
	stays.silent()
	elsewhere.silent()
	require.Zero(t, f.Expel("none", "ana", ""))
}

// One place cannot take all sockets, and what it gives back it may take again.
func TestAnAddressHasItsShareOfSockets(t *testing.T) {
	t.Parallel()
	var from atomic.Value
	from.Store("192.0.2.1:40000")
	f := startBehind(t, pusher.Options{Limits: pusher.Limits{PerAddress: 2}}, func(r *http.Request) { r.RemoteAddr = from.Load().(string) })
	first, second := f.connect(), f.connect()
	third := f.dial("/app/key-one?protocol=7", nil)
	require.Contains(t, third.expect("pusher:error").text(), "your address")
	require.Equal(t, pusher.CodeOverCapacity, third.closed(), "it may try again")

	from.Store("[2001:db8::1]:40000")
	f.connect()
	from.Store("[2001:db8::ffff:1]:40000")
	f.connect()
	from.Store("[2001:db8:0:0:1::1]:40000")
	require.Equal(t, pusher.CodeOverCapacity, f.dial("/app/key-one?protocol=7", nil).closed(), "of one /64")
	from.Store("[2001:db8:0:1::1]:40000")
	f.connect()
	from.Store("[::ffff:192.0.2.1]:40000")
	require.Equal(t, pusher.CodeOverCapacity, f.dial("/app/key-one?protocol=7", nil).closed(), "the same address as at first")
	from.Store("not an address")
	for range 3 {
		f.connect()
	}

	from.Store("192.0.2.1:0")
	require.NoError(t, first.ws.CloseNow())
	require.Eventually(t, func() bool { return f.Stats().Connections == 7 }, patience, time.Millisecond)
	f.connect()
	second.silent()
}
