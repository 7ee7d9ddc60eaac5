package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/bus"
	"github.com/sapa-chat/sapa/bus/bustest"
	"github.com/sapa-chat/sapa/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestLocal(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) bus.Bus {
		b := bus.NewLocal()
		t.Cleanup(func() { require.NoError(t, b.Close()) })
		return b
	})
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a.b", "a", false},
		{"a", "a.b", false},
		{"a.*", "a.b", true},
		{"a.*", "a.b.c", false},
		{"*.b", "a.b", true},
		{"a.>", "a.b.c", true},
		{"a.>", "a", false},
		{">", "a.b", true},
	} {
		require.Equal(t, c.want, bus.Match(c.pattern, c.subject), "%s %s", c.pattern, c.subject)
	}
}

func TestAClosedBusSaysSo(t *testing.T) {
	t.Parallel()
	b := bus.NewLocal()
	require.NoError(t, b.Close())
	require.ErrorIs(t, b.Publish(t.Context(), "a", nil), bus.ErrClosed)
	_, err := b.Subscribe("a", nil)
	require.ErrorIs(t, err, bus.ErrClosed)
}
