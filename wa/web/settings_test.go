package web_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/watest"
)

// damaged makes the network damage the next so many answers about the account's name, and tells when all were asked for.
func damaged(n *sim.Network, times int64) (left *atomic.Int64) {
	left = &atomic.Int64{}
	left.Store(times)
	n.OnStanza = func(s sim.Stanza) bool {
		sync := s.Node.GetChildByTag("sync", "collection")
		if s.Node.Attrs["xmlns"] == "w:sync:app:state" && sync.Attrs["name"] == "critical_block" {
			bad := left.Add(-1) >= 0
			n.SetFaults(func(f *sim.Faults) { f.AppStateMismatch = bad })
		}
		return true
	}
	return left
}

// Settings that do not add up cost a number its name, and with it the right to see contacts type. They are read again with the
// next connection.
func TestANameThatCouldNotBeReadComesWithTheNextConnection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		var left *atomic.Int64
		w := newWorld(t, db, r, func(n *sim.Network) { left = damaged(n, 2) })
		require.Eventually(t, func() bool { return left.Load() == 0 }, simtest.Wait, tick, "asked for, and once more")
		w.link.Disconnect()
		require.NoError(t, w.link.Connect(simtest.Context(t)))
		require.Equal(t, w.account.PushName(), r.WaitSignal(t, wa.SignalPushName).Person.PushName)
	})
}

// What was damaged on the way once is read anew at once.
func TestSettingsThatDoNotAddUpAreReadAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		w := newWorld(t, db, r, func(n *sim.Network) { damaged(n, 1) })
		require.Equal(t, w.account.PushName(), r.WaitSignal(t, wa.SignalPushName).Person.PushName)
	})
}
