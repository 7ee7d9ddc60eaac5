package store_test

import (
	"context"
	"database/sql"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// unstampedDB is a PostgreSQL database whose events get their numbers when the test says so.
func unstampedDB(t *testing.T) (*store.DB, *store.Stamper, *sql.DB) {
	t.Helper()
	cfg := storetest.Postgres(t, func(c *store.Config) { c.Shared = true })
	db := storetest.Open(t, cfg)
	return db, store.NewStamper(t, db), connect(t, cfg)
}

// stamps runs the stamper until nothing is left and tells how many events got numbers.
func stamps(t *testing.T, s *store.Stamper) (all int) {
	t.Helper()
	for {
		n, err := s.Stamp(t.Context())
		require.NoError(t, err)
		if all += n; n == 0 {
			return all
		}
	}
}

// blocks counts the pages of a table and its indexes that were looked at so far, as the server has been told.
func blocks(t *testing.T, owner *sql.DB, tables ...string) (n int64) {
	t.Helper()
	for _, table := range tables {
		var here int64
		require.NoError(t, owner.QueryRowContext(t.Context(), `
			SELECT COALESCE(heap_blks_hit, 0) + COALESCE(heap_blks_read, 0) + COALESCE(idx_blks_hit, 0) + COALESCE(idx_blks_read, 0)
			FROM pg_statio_user_tables WHERE relname = $1`, table).Scan(&here))
		n += here
	}
	return n
}

// manyEvents writes events as the program does, but in one statement, and returns the transaction.
func manyEvents(t *testing.T, db *store.DB, n int) (in uint64) {
	t.Helper()
	require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO events (id, workspace, type, number, conversation, time, data)
			SELECT gen_random_uuid(), 'w1', 'message.received', 'n1', 'c1', 0, repeat('x', 300) FROM generate_series(1, CAST($1 AS BIGINT))`, n)
		if err != nil {
			return err
		}
		// What it has read is told when it is done.
		return tx.QueryRow(t.Context(), `SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) FROM pg_stat_force_next_flush()`).Scan(&in)
	}))
	return in
}

func TestStampingCostsTheSameHoweverManyEventsThereAre(t *testing.T) {
	t.Parallel()
	db, stamper, owner := unstampedDB(t)
	cost := func() int64 {
		require.NoError(t, stamper.Tell(t.Context()))
		manyEvents(t, db, 10)
		before := blocks(t, owner, "events")
		require.Equal(t, 10, stamps(t, stamper))
		require.NoError(t, stamper.Tell(t.Context()))
		return blocks(t, owner, "events") - before
	}
	for range 10 { // after a few times PostgreSQL keeps its plan, which is one for a small table
		manyEvents(t, db, 5)
		require.Equal(t, 5, stamps(t, stamper))
	}
	few := cost()
	in := manyEvents(t, db, 20_000)
	require.Equal(t, 20_000, stamps(t, stamper))
	require.Eventually(t, func() bool { // until whatever ran beside it, on the whole server, is over
		require.Equal(t, 0, stamps(t, stamper))
		since, err := strconv.ParseUint(stamper.Since(), 10, 64)
		return err == nil && since > in
	}, waitFor, tick)
	many := cost()
	require.NotZero(t, few)
	require.Less(t, many, 2*few, "pages for ten events after twenty thousand")
}

// What is skipped is skipped by transaction: one that began before others and ends after they were stamped is not forgotten.
func TestAnEventThatIsCommittedLateIsStamped(t *testing.T) {
	t.Parallel()
	db, stamper, _ := unstampedDB(t)
	written, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			if err := appendOne(tx); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `UPDATE lanes SET epoch = 1 WHERE workspace = 'w1'`); err != nil { // the event travels with it
				return err
			}
			close(written)
			<-goOn
			return nil
		})
	}()
	<-written
	for range 3 {
		require.NoError(t, db.Write(t.Context(), "w1", appendOne))
		require.Equal(t, 1, stamps(t, stamper))
	}
	close(goOn)
	require.NoError(t, <-done)
	require.Equal(t, 1, stamps(t, stamper))
	p, err := db.Events(t.Context(), "w1", event.Query{})
	require.NoError(t, err)
	require.Len(t, p.Items, 4)
	for i, e := range p.Items {
		require.EqualValues(t, i+1, e.Seq)
		require.EqualValues(t, i+1, e.Position)
	}
}

// More than are stamped at once keep the order of their insertion, whichever transaction they are of.
func TestManyEventsAreStampedInTheirOrder(t *testing.T) {
	t.Parallel()
	db, stamper, owner := unstampedDB(t)
	for range 3 {
		manyEvents(t, db, 700)
	}
	require.Equal(t, 2100, stamps(t, stamper))
	var wrong int
	require.NoError(t, owner.QueryRowContext(context.Background(), `SELECT count(*) FROM (
		SELECT row_number() OVER (ORDER BY ordinal) AS n, seq, position FROM events) e WHERE n <> seq OR n <> position`).Scan(&wrong))
	require.Zero(t, wrong)
}
