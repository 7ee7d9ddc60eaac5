package nats_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/bus"
	"github.com/sapa-chat/sapa/bus/bustest"
	"github.com/sapa-chat/sapa/bus/nats"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// SAPA_TEST_NATS names another server than the one on this machine. Without one the tests are skipped, except when it is set or CI=true.
func connect(t *testing.T, prefix string) *nats.Bus {
	t.Helper()
	url := os.Getenv("SAPA_TEST_NATS")
	must := url != "" || os.Getenv("CI") == "true"
	if url == "" {
		url = "nats://127.0.0.1:4222"
	}
	b, err := nats.Connect(nats.Config{URL: url, Prefix: prefix})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	reach, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !b.Connected() {
		select {
		case <-reach.Done():
			if must {
				t.Fatalf("no NATS server at %s", url)
			}
			t.Skip("no NATS server answers (SAPA_TEST_NATS names another one)")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return b
}

func TestNATS(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) bus.Bus { return connect(t, "test."+id.New()) })
}

func TestSignalsReachOtherNodesOfTheSameInstallationOnly(t *testing.T) {
	t.Parallel()
	prefix := "test." + id.New()
	here, there, stranger := connect(t, prefix), connect(t, prefix), connect(t, "test."+id.New())
	heard, strange := make(chan bus.Signal, 1), make(chan bus.Signal, 1)
	_, err := there.Subscribe("a.*", func(_ context.Context, s bus.Signal) { heard <- s })
	require.NoError(t, err)
	_, err = stranger.Subscribe(">", func(_ context.Context, s bus.Signal) { strange <- s })
	require.NoError(t, err)
	require.NoError(t, here.Publish(t.Context(), "a.b", []byte("hello")))
	require.Equal(t, bus.Signal{Subject: "a.b", Payload: []byte("hello")}, <-heard)
	require.Empty(t, strange)
}

func TestAServerThatIsAwayHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	b, err := nats.Connect(nats.Config{URL: "nats://127.0.0.1:1", Prefix: "test"})
	require.NoError(t, err)
	cancel, err := b.Subscribe("a", func(context.Context, bus.Signal) {})
	require.NoError(t, err)
	require.NoError(t, b.Publish(t.Context(), "a", nil))
	cancel()
	require.NoError(t, b.Close())
	require.ErrorIs(t, b.Publish(t.Context(), "a", nil), bus.ErrClosed)
}
