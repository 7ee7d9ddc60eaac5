package number

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
)

func TestADeletionEndsWithinTenSecondsByDefault(t *testing.T) {
	t.Parallel()
	l := Limits{}.withDefaults()
	require.Less(t, l.DeleteTimeout, 10*time.Second)
	require.Less(t, l.DetachTimeout+l.GoodbyeTimeout, l.DeleteTimeout, "what does not hang is done before the answer")
}

func TestAConnectIsAdmittedOnlyBelowTheMeasuredMemory(t *testing.T) {
	t.Parallel()
	held := int64(0)
	a := newAdmission(Limits{MemoryBytes: 1000, ConnectsPerSecond: -1, Connecting: 1})
	a.memory = func() int64 { return held }
	for _, c := range []struct {
		held     int64
		admitted bool
	}{{0, true}, {900, true}, {901, false}, {5000, false}, {899, true}} {
		held = c.held
		leave, err := a.enter(t.Context())
		if c.admitted {
			require.NoError(t, err, "%d of 1000 bytes", c.held)
			leave()
			continue
		}
		require.Equal(t, CauseInstallation, fault.ReasonOf(err), "%d of 1000 bytes; who was refused has given the turn back", c.held)
	}
}

func TestSoManyConnectAtTheSameTime(t *testing.T) {
	t.Parallel()
	a := newAdmission(Limits{ConnectsPerSecond: -1, Connecting: 2})
	first, err := a.enter(t.Context())
	require.NoError(t, err)
	_, err = a.enter(t.Context())
	require.NoError(t, err)
	late, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = a.enter(late)
	require.ErrorIs(t, err, context.Canceled, "the third waits")
	first()
	first()
	_, err = a.enter(t.Context())
	require.NoError(t, err)
	_, err = a.enter(late)
	require.ErrorIs(t, err, context.Canceled, "leaving twice gives one turn back")
}
