// Package bustest is the suite that every bus passes. It is for tests only.
package bustest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/bus"
)

const (
	waitFor = time.Minute
	tick    = time.Millisecond
)

// Run checks the contract of bus.Bus. make returns a fresh bus that nobody else hears, closed after the test.
func Run(t *testing.T, make func(t *testing.T) bus.Bus) {
	t.Helper()
	for name, check := range map[string]func(*testing.T, bus.Bus){
		"signals reach everyone who listens, in order": inOrder,
		"patterns choose":                             patterns,
		"nothing comes after cancel":                  nothingAfterCancel,
		"a slow handler holds back nobody else":       slowHandler,
		"cancel waits for the handler":                cancelWaits,
		"malformed subjects and payloads are refused": malformed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, make(t))
		})
	}
}

// ear remembers what a subscription heard.
type ear struct {
	mu    sync.Mutex
	heard []string
}

func (e *ear) hear(_ context.Context, s bus.Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, s.Subject+"="+string(s.Payload))
}

func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.heard...)
}

func listen(t *testing.T, b bus.Bus, pattern string) (e *ear, cancel func()) {
	t.Helper()
	e = new(ear)
	cancel, err := b.Subscribe(pattern, e.hear)
	require.NoError(t, err)
	return e, cancel
}

func publish(t *testing.T, b bus.Bus, subject, payload string) {
	t.Helper()
	require.NoError(t, b.Publish(t.Context(), subject, []byte(payload)))
}

func inOrder(t *testing.T, b bus.Bus) {
	one, _ := listen(t, b, "a.b")
	two, _ := listen(t, b, "a.b")
	var want []string
	for i := range 100 {
		publish(t, b, "a.b", fmt.Sprint(i))
		want = append(want, fmt.Sprintf("a.b=%d", i))
	}
	for _, e := range []*ear{one, two} {
		require.Eventually(t, func() bool { return len(e.all()) == 100 }, waitFor, tick)
		require.Equal(t, want, e.all())
	}
}

func patterns(t *testing.T, b bus.Bus) {
	star, _ := listen(t, b, "n.*.qr")
	rest, _ := listen(t, b, "n.>")
	exact, _ := listen(t, b, "n.1.qr")
	publish(t, b, "n.1.qr", "")
	publish(t, b, "n.2.qr", "")
	publish(t, b, "n.2.state", "")
	publish(t, b, "other", "")
	publish(t, b, "n.end", "")
	publish(t, b, "n.3.qr", "last")
	publish(t, b, "n.1.qr", "last")
	for _, c := range []struct { // each has a queue of its own: none of them says that another has heard it all
		ear  *ear
		want []string
	}{
		{star, []string{"n.1.qr=", "n.2.qr=", "n.3.qr=last", "n.1.qr=last"}},
		{rest, []string{"n.1.qr=", "n.2.qr=", "n.2.state=", "n.end=", "n.3.qr=last", "n.1.qr=last"}},
		{exact, []string{"n.1.qr=", "n.1.qr=last"}},
	} {
		require.Eventually(t, func() bool { return len(c.ear.all()) >= len(c.want) }, waitFor, tick)
		require.Equal(t, c.want, c.ear.all())
	}
}

func nothingAfterCancel(t *testing.T, b bus.Bus) {
	gone, cancel := listen(t, b, "a")
	stays, _ := listen(t, b, "a")
	publish(t, b, "a", "1")
	require.Eventually(t, func() bool { return len(gone.all()) == 1 }, waitFor, tick)
	cancel()
	cancel()
	publish(t, b, "a", "2")
	require.Eventually(t, func() bool { return len(stays.all()) == 2 }, waitFor, tick)
	require.Len(t, gone.all(), 1)
}

func slowHandler(t *testing.T, b bus.Bus) {
	free := make(chan struct{})
	t.Cleanup(func() { close(free) })
	_, err := b.Subscribe("a", func(context.Context, bus.Signal) { <-free })
	require.NoError(t, err)
	quick, _ := listen(t, b, "b")
	for range 3 * bus.QueueSize {
		publish(t, b, "a", "x")
	}
	publish(t, b, "b", "y")
	require.Eventually(t, func() bool { return len(quick.all()) == 1 }, waitFor, tick)
}

func cancelWaits(t *testing.T, b bus.Bus) {
	inside, free := make(chan struct{}), make(chan struct{})
	var done bool
	cancel, err := b.Subscribe("a", func(context.Context, bus.Signal) {
		close(inside)
		<-free
		done = true
	})
	require.NoError(t, err)
	publish(t, b, "a", "")
	<-inside
	go close(free)
	cancel()
	require.True(t, done)
}

func malformed(t *testing.T, b bus.Bus) {
	for _, subject := range []string{"", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>"} {
		require.ErrorIs(t, b.Publish(t.Context(), subject, nil), bus.ErrInvalid, subject)
	}
	for _, pattern := range []string{"", "a.", ">.a", "a b", "a*"} {
		_, err := b.Subscribe(pattern, func(context.Context, bus.Signal) {})
		require.ErrorIs(t, err, bus.ErrInvalid, pattern)
	}
	require.ErrorIs(t, b.Publish(t.Context(), "a", make([]byte, bus.MaxPayload+1)), bus.ErrInvalid)
}
