package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// seqs reads the numbers of a workspace's events, in order.
func seqs(t *testing.T, db *store.DB, workspace string) (seq []int64, positions []int64) {
	t.Helper()
	page, err := db.Events(t.Context(), workspace, event.Query{Limit: 100})
	require.NoError(t, err)
	for _, e := range page.Items {
		seq, positions = append(seq, e.Seq), append(positions, e.Position)
	}
	return seq, positions
}

// Units that fail in the middle of a batch leave no gap behind, and give no number twice.
func TestNumbersOfEventsHaveNoGapsWhoeverFails(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	release := hold(t, db)
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			_ = db.Write(t.Context(), []string{"w1", "w2"}[i%2], func(tx *store.Tx) error {
				if err := errors.Join(appendOne(tx), appendOne(tx)); err != nil {
					return err
				}
				switch i % 10 {
				case 3: // its own unit is rolled back
					return errors.New("no")
				case 7: // the whole batch is, and everybody runs again alone
					_, err := tx.Exec(t.Context(), `SELECT no such thing`)
					return err
				}
				return nil
			})
		})
	}
	release(30)
	all.Wait()
	require.NoError(t, db.Write(t.Context(), "w1", appendOne))
	for _, workspace := range []string{"w1", "w2"} {
		got, _ := seqs(t, db, workspace)
		require.NotEmpty(t, got)
		for i, seq := range got {
			require.EqualValues(t, i+1, seq, workspace)
		}
	}
}

// A second process that writes to the file, as the command line does, takes its numbers from the same row.
func TestTwoProcessesNumberTheEventsOfOneFile(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	first := storetest.Open(t, cfg)
	cfg.Shared = true
	second := storetest.Open(t, cfg)
	for range 5 {
		require.NoError(t, first.Write(t.Context(), "w1", appendOne))
		require.NoError(t, second.Write(t.Context(), "w1", appendOne))
	}
	got, positions := seqs(t, first, "w1")
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, got)
	require.Equal(t, got, positions)
}
