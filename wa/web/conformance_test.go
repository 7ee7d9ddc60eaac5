package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/watest"
	"github.com/sapa-chat/sapa/wa/web"
)

const (
	nobody = "6281999999999"
	tick   = 2 * time.Millisecond
)

// world is a linked number on the simulated network, its keys in a real database.
type world struct {
	link    wa.Link
	account *sim.Account
	contact *sim.Contact
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		watest.Run(t, func(t *testing.T, r *watest.Recorder) watest.World { return newWorld(t, db, r) })
	})
}

func newWorld(t *testing.T, db *store.DB, r *watest.Recorder, change ...func(*sim.Network)) *world {
	t.Helper()
	n := &sim.Network{Unregistered: func(phone string) bool { return phone == nobody }}
	for _, c := range change {
		c(n)
	}
	simtest.Start(t, n)
	p, err := web.New(web.Config{Store: store.Devices{DB: db}, Simulator: &web.Simulator{URL: n.URL(), Root: n.RootKey()}})
	require.NoError(t, err)
	link, err := p.Open(t.Context(), wa.Spec{NumberRef: wa.NumberRef{Workspace: id.New(), ID: id.New()}}, r)
	require.NoError(t, err)
	t.Cleanup(link.Close)
	w := &world{link: link, account: n.Account("6281200000001"), contact: n.Contact("6281300000001")}
	ctx := simtest.Context(t)
	require.NoError(t, link.Connect(ctx))
	require.NoError(t, w.account.Scan(ctx, r.WaitSignal(t, wa.SignalQR).QR))
	r.WaitSignal(t, wa.SignalPaired)
	r.WaitSignal(t, wa.SignalDisconnected)
	require.NoError(t, link.Connect(ctx))
	r.WaitSignal(t, wa.SignalConnected)
	return w
}

func (w *world) Link() wa.Link { return w.link }

func (w *world) Contact() wa.Identity {
	return wa.Identity{Phone: wa.PhoneFromDigits(w.contact.Phone()), LID: wa.LID(w.contact.LID())}
}

func (w *world) Write(t *testing.T, text string) string {
	t.Helper()
	written, err := w.contact.Write(simtest.Context(t), w.account, text)
	require.NoError(t, err)
	return written
}

func (w *world) Heard(t *testing.T, text string) (string, string) {
	t.Helper()
	m, err := w.contact.WaitFor(simtest.Context(t), sim.Text(text))
	require.NoError(t, err)
	return m.ID, m.Quoted()
}

func (w *world) Read(t *testing.T, messageID string) {
	t.Helper()
	w.Heard(t, "sudah?")
	require.NoError(t, w.contact.Read(simtest.Context(t), w.account, messageID))
}

func (w *world) Acknowledged(*testing.T, string) bool {
	for _, c := range w.account.Companions() {
		if c.Queued > 0 {
			return false
		}
	}
	return true
}

func (w *world) Typing(t *testing.T) {
	t.Helper()
	require.NoError(t, w.contact.WaitTyping(simtest.Context(t), w.account, true))
}

func (w *world) Nobody() wa.Phone { return wa.PhoneFromDigits(nobody) }

func (w *world) Refuse(_ *testing.T, code int) {
	w.account.SetFaults(func(f *sim.Faults) { f.SendError = code })
}

func TestNothingSecretLiesOpenInTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, watest.NewRecorder())
		w.link.Disconnect() // writes what is pending
		for _, value := range rawRecords(t, db) {
			require.False(t, strings.Contains(value, "noise") || strings.Contains(value, "sessionStructure") || strings.Contains(value, "{"), "a record lies open")
		}
	})
}

func rawRecords(t *testing.T, db *store.DB) (values []string) {
	t.Helper()
	require.NoError(t, db.ReadSystem(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT value FROM device_records`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				return err
			}
			values = append(values, v)
		}
		return rows.Err()
	}))
	require.NotEmpty(t, values)
	return values
}
