package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// A number's keys belong to whoever runs it: what an earlier lane still writes is refused, and changes nothing.
func TestKeysAreWrittenByWhoRunsTheNumberAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		leases, devices := store.Leases{DB: db}, store.Devices{DB: db}
		run := func() wa.NumberRef {
			epoch, err := leases.Acquire(t.Context(), "a")
			require.NoError(t, err)
			require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error { return tx.Claim(t.Context(), "n1", "a", epoch) }))
			return wa.NumberRef{Workspace: "w1", ID: "n1", Epoch: epoch}
		}
		session := web.Key{Kind: web.KindSession, Name: "somebody"}
		put := func(value string) web.Batch {
			return web.Batch{Put: []web.Record{{Key: session, Value: []byte(value)}}}
		}
		kept := func() string {
			found, err := devices.Read(t.Context(), wa.NumberRef{Workspace: "w1", ID: "n1"}, session.Kind, session.Name)
			require.NoError(t, err)
			return string(found[session.Name])
		}
		old := run()
		require.NoError(t, devices.Write(t.Context(), old, put("one")))
		now := run()
		for _, b := range []web.Batch{put("of the old one"), {Delete: []web.Key{session}}, {LIDs: []web.LIDPair{{Phone: "1", LID: "2"}}}} {
			require.Equal(t, "lease_lost", fault.ReasonOf(devices.Write(t.Context(), old, b)))
		}
		require.Equal(t, "one", kept())
		require.NoError(t, devices.Write(t.Context(), now, put("two")))
		require.Equal(t, "two", kept())
		require.NoError(t, devices.Write(t.Context(), wa.NumberRef{Workspace: "w1", ID: "n1"}, put("by a person")))
		require.Equal(t, "by a person", kept())
	})
}
