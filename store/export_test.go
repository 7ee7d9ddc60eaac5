package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
)

// LimitPages fills the disk, as far as SQLite can tell.
func LimitPages(ctx context.Context, db *DB, pages int) error {
	_, err := db.engine.(*lite).writer.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

// MigrateFiles migrates a SQLite file with other files than the embedded ones.
func MigrateFiles(ctx context.Context, cfg Config, files fs.FS) (int, error) {
	e := &lite{db: &DB{cfg: cfg}}
	file, on, err := e.openWriting()
	if err != nil {
		return 0, err
	}
	defer func() { _ = on.Close() }()
	m, err := newMigrator(goose.DialectSQLite3, "sqlite", on, files)
	if err != nil {
		return 0, err
	}
	return m.up(ctx, func(from int64) error { return backupBefore(ctx, on, file, from) })
}

// Queued is how many units wait for the writer.
func Queued(db *DB) int { return len(db.engine.(*lite).writer.queue) }

// Raw is the pool that reads, under the role of the application.
func Raw(db *DB) *sql.DB { return db.engine.raw() }

// CheckRole is what Open asks of the pool of the application.
func CheckRole(ctx context.Context, on *sql.DB) error { return checkRole(ctx, on) }

// Walled lists the tables with a workspace.
func Walled(ctx context.Context, on *sql.DB) ([]string, error) { return columnOf(ctx, on, walled) }

// Unwalled lists those without row-level security.
func Unwalled(ctx context.Context, on *sql.DB) ([]string, error) { return columnOf(ctx, on, unwalled) }

func columnOf(ctx context.Context, on *sql.DB, query string) ([]string, error) {
	c, err := on.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return column(ctx, c, query)
}

// Schema is what a SQLite file consists of.
func Schema(t *testing.T, cfg Config) []string {
	t.Helper()
	e := &lite{db: &DB{cfg: cfg}}
	_, on, err := e.openWriting()
	require.NoError(t, err)
	defer func() { _ = on.Close() }()
	all, err := columnOf(t.Context(), on, `SELECT COALESCE(sql, name) FROM sqlite_schema ORDER BY name`)
	require.NoError(t, err)
	return all
}

// EventsPlan is how SQLite means to run a query of the log.
func EventsPlan(ctx context.Context, db *DB, workspace string, q event.Query) (steps []string, err error) {
	statement, args := eventsSQL(q, workspace, 10)
	rows, err := db.engine.raw().QueryContext(ctx, "EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// Stamper gives numbers when it is told to, in a database that was opened with Shared and so has no sequencer of its own.
type Stamper struct{ s sequencer }

// NewStamper returns one for a PostgreSQL database.
func NewStamper(t *testing.T, db *DB) *Stamper {
	t.Helper()
	s := &Stamper{s: sequencer{e: db.engine.(*postgres)}}
	t.Cleanup(s.s.leave)
	return s
}

// Stamp stamps once and tells how many events got their numbers.
func (s *Stamper) Stamp(ctx context.Context) (int, error) { return s.s.stamp(ctx) }

// Since is the transaction from which on it looks for events.
func (s *Stamper) Since() string { return s.s.since }

// Tell lets its connection tell the server's statistics at once what it has read.
func (s *Stamper) Tell(ctx context.Context) error {
	_, err := s.s.on.Exec(ctx, "SELECT pg_stat_force_next_flush()")
	return err
}

// Analyze is what the sequencer does now and then.
func Analyze(ctx context.Context, db *DB) error { return db.engine.(*postgres).analyze(ctx) }
