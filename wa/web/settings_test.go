package web_test

import (
	"math"
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

// damaged makes the network damage its first so many answers about the account's name, and counts how often it was asked.
func damaged(n *sim.Network, times *atomic.Int64) (asked *atomic.Int64) {
	asked = &atomic.Int64{}
	n.OnStanza = func(s sim.Stanza) bool {
		sync := s.Node.GetChildByTag("sync", "collection")
		if s.Node.Attrs["xmlns"] == "w:sync:app:state" && sync.Attrs["name"] == "critical_block" {
			bad := asked.Add(1) <= times.Load()
			n.SetFaults(func(f *sim.Faults) { f.AppStateMismatch = bad })
		}
		return true
	}
	return asked
}

// all is more answers than a test can ask for.
const all = math.MaxInt64

// Settings that do not add up cost a number its name, and with it the right to see contacts type. They are read again with the
// next connection.
func TestANameThatCouldNotBeReadComesWithTheNextConnection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		var times atomic.Int64
		times.Store(all)
		var asked *atomic.Int64
		w := newWorld(t, db, r, func(n *sim.Network) { asked = damaged(n, &times) })
		require.Eventually(t, func() bool { return asked.Load() >= 2 }, simtest.Wait, tick, "asked for, and once more")
		w.link.Disconnect()
		times.Store(0)
		require.NoError(t, w.link.Connect(simtest.Context(t)))
		require.Equal(t, w.account.PushName(), r.WaitSignal(t, wa.SignalPushName).Person.PushName)
	})
}

// What was damaged on the way once is read anew at once.
func TestSettingsThatDoNotAddUpAreReadAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		var once atomic.Int64
		once.Store(1)
		w := newWorld(t, db, r, func(n *sim.Network) { damaged(n, &once) })
		require.Equal(t, w.account.PushName(), r.WaitSignal(t, wa.SignalPushName).Person.PushName)
	})
}
