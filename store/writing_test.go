package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// A disk that is full still reads well: only what was written tells.
func TestTheLastWriteTellsWhetherTheDatabaseTakesAny(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		trouble := func() error {
			_, err := db.Writing()
			return err
		}
		require.NoError(t, trouble(), "nothing is known of a fresh one")
		reason := refuseWrites(t, db)
		require.Equal(t, fault.Unavailable, fault.CodeOf(trouble()))
		require.Equal(t, reason, fault.ReasonOf(trouble()))
		require.NoError(t, db.Ping(t.Context()), "it answers")

		require.Error(t, db.Write(t.Context(), "w1", func(*store.Tx) error { return errors.New("a unit's own") }))
		require.NoError(t, db.Write(t.Context(), "w1", func(*store.Tx) error { return nil }))
		require.Error(t, trouble(), "what changes nothing proves nothing")
		require.NoError(t, db.Write(t.Context(), "w1", lane("n2")))
		idle, err := db.Writing()
		require.NoError(t, err)
		require.Less(t, idle, time.Minute)
		require.Error(t, db.Write(t.Context(), "w1", lane("n2")), "a key that exists already")
		require.NoError(t, trouble(), "a constraint is no trouble")
	})
}

// refuseWrites lets one write fail as it does when the disk is full or the server a standby, and tells the reason.
func refuseWrites(t *testing.T, db *store.DB) (reason string) {
	t.Helper()
	if db.Engine() == "sqlite" {
		require.NoError(t, store.LimitPages(t.Context(), db, 10))
		defer func() { require.NoError(t, store.LimitPages(t.Context(), db, 1<<30)) }()
		require.Error(t, db.Write(t.Context(), "w1", lane(strings.Repeat("x", 1<<20))))
		return "disk_full"
	}
	require.Error(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET TRANSACTION READ ONLY"); err != nil {
			return err
		}
		return lane("n1")(tx)
	}))
	return "database_read_only"
}
