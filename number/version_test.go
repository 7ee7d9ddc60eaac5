package number_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	meow "go.mau.fi/whatsmeow/store"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa/web"
)

// newer is a revision that WhatsApp may ask for and that the program was not built with.
const newer = 1999999999

// unasked is a provider that cannot reach the page which tells WhatsApp's client version.
type unasked struct{ *web.Provider }

func (unasked) RefreshVersion(context.Context) (string, error) { return "", errTrouble }

// versions is what the world's installation has kept.
func (w *world) versions() store.ClientVersions {
	return store.ClientVersions{DB: w.db, Network: "simulator"}
}

func (w *world) keeps(version string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		kept, err := w.versions().ClientVersion(w.t.Context())
		return err == nil && kept == version
	}, patience, 5*time.Millisecond, "%s is not kept", version)
}

// again starts the program anew, without the page, against a WhatsApp that refuses clients older than least.
func (w *world) again(least, override string) {
	w.t.Helper()
	w.stop()
	w.wrap = func(p number.Provider) number.Provider { return unasked{p.(*web.Provider)} }
	w.web.Version = override
	w.net.SetFaults(func(f *sim.Faults) { f.MinVersion = least })
	w.start()
}

// connects waits until the world's only number stands, whatever the database says of it from before.
func (w *world) connects() {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.numbers.Stats().Links == 1 }, patience, 5*time.Millisecond, "it does not connect")
}

func TestTheClientVersionThatWasFoundIsUsedByTheNextStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		found := meow.WAVersionContainer{2, 3000, newer}.String()
		n, _ := w.linked()
		w.keeps(found)
		w.again(found, "")
		w.connects()
		require.Empty(t, w.events(event.Installation, event.AlertFired), "no connect was refused")

		w.again(found, meow.GetWAVersion().String())
		require.Eventually(t, func() bool { return w.state(n, number.Connecting).Cause == number.CauseOutdated }, patience, 5*time.Millisecond,
			"the operator's version wins")
		w.keeps(found)
	}, func(w *world) { w.net.Revision = newer })
}

func TestAnOlderClientVersionThanTheBuiltInOneIsNeitherKeptNorUsed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		builtIn := meow.GetWAVersion().String()
		w.linked()
		w.again(builtIn, "")
		w.connects()
		w.keeps("")

		require.NoError(t, w.versions().KeepClientVersion(t.Context(), "2.3000.1")) // by an older program
		w.again(builtIn, "")
		w.connects()

		require.NoError(t, w.versions().KeepClientVersion(t.Context(), "nonsense"))
		w.again(builtIn, "")
		w.connects()
		require.Empty(t, w.events(event.Installation, event.AlertFired))
	})
}

func TestAnOutdatedClientIsOneEventAlsoOverRestarts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phone := w.linked()
		w.net.SetFaults(func(f *sim.Faults) { f.MinVersion = "2.4000.1" })
		phone.Cut()
		fired := func() int { return len(w.events(event.Installation, event.AlertFired)) }
		for met := range int64(3) {
			require.Eventually(t, func() bool { return w.looks.opened.Load() > met }, patience, 5*time.Millisecond, "it was not refused")
			require.Eventually(t, func() bool { return fired() == 1 }, patience, 5*time.Millisecond)
			w.again("2.4000.1", "")
		}
		w.again("", "")
		w.connects()
		require.Eventually(t, func() bool { return len(w.events(event.Installation, event.AlertCleared)) == 1 }, patience, 5*time.Millisecond)
		require.Equal(t, 1, fired())
		w.refuse(phone, 405)
		require.Eventually(t, func() bool { return fired() == 2 }, patience, 5*time.Millisecond, "after it was over it is news again")
	}, func(w *world) { w.looks = &looks{} })
}
