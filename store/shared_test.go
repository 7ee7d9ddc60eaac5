package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/leak"
	"github.com/sapa-chat/sapa/store"
)

const (
	waitFor = time.Minute
	tick    = 2 * time.Millisecond
)

func TestMain(m *testing.M) { leak.Main(m) }

// appendOne is the smallest unit with an event.
func appendOne(tx *store.Tx) error {
	return tx.Append(context.Background(), event.Draft{Type: event.NumberCreated, Number: "n1", Data: struct{}{}})
}

// lane is a unit that writes one row by which tests recognise it.
func lane(number string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), `INSERT INTO lanes (workspace, number, node, epoch) VALUES ($1, $2, 'here', 1)`, tx.Workspace(), number)
		return err
	}
}

func lanes(t *testing.T, db *store.DB, workspace string) (numbers []string) {
	t.Helper()
	require.NoError(t, db.Read(t.Context(), workspace, func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT number FROM lanes WHERE workspace = $1 ORDER BY number`, workspace)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var n string
			if err := rows.Scan(&n); err != nil {
				return err
			}
			numbers = append(numbers, n)
		}
		return rows.Err()
	}))
	return numbers
}

// hold occupies the writer until the returned function is called, so that what is written meanwhile shares a batch.
// release first waits until that many units have queued up.
func hold(t *testing.T, db *store.DB) (release func(queued int)) {
	t.Helper()
	inside, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	enter := sync.OnceFunc(func() { close(inside) }) // the unit may run again
	go func() {
		done <- db.Write(context.Background(), "hold", func(*store.Tx) error {
			enter()
			<-free
			return nil
		})
	}()
	<-inside
	return func(queued int) {
		require.Eventually(t, func() bool { return store.Queued(db) >= queued }, waitFor, tick)
		close(free)
		require.NoError(t, <-done)
	}
}
