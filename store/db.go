// Package store is the database: all the SQL of the program, for SQLite and PostgreSQL.
//
// One file per capability implements that capability's small Store interface on top of
// Write and Read. Statements are written once, with $1 placeholders, and every one of
// them names the workspace; the few that must not are in system.go and system_*.go,
// which alone may call ReadSystem and WriteSystem.
//
// Invariants: a unit of Write is done whole or not at all; its events are part of it;
// it may run more than once before it succeeds, so it changes nothing but the database
// (and variables that it sets anew each time); it does no other I/O and starts no other
// unit. It is no ORM and caches nothing but data keys.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/seal"
)

// Config says where the database is. The zero value does not open: Folder or Postgres is needed.
type Config struct {
	// Folder is the data folder; the SQLite file in it is sapa.db. It is also needed with PostgreSQL when Sapa keeps files.
	Folder string
	// Postgres is the URL of a PostgreSQL database, used instead of SQLite when it is not empty.
	Postgres string
	// PostgresOwner is the URL used for migrations alone, when the user of Postgres does not own the tables. Default: Postgres.
	PostgresOwner string
	// MaxConns bounds the connections to PostgreSQL, or the readers of SQLite. Default 16 and 4.
	MaxConns int
	// Shared opens an existing database beside the program that serves it, as a command
	// line tool does: without the lock of the data folder, without migrating (another
	// version is refused) and without stamping on PostgreSQL, which the server does.
	Shared bool
	// Master is the key that wraps the workspaces' data keys. Needed.
	Master *seal.Key
	// Clock stamps what is written. Default: the system's clock.
	Clock clock.Clock
	// Log takes what an operator should know. Default: discarded.
	Log *slog.Logger
	// Hooks are for benches and tests.
	Hooks Hooks
}

// DB is an open database. Safe for concurrent use.
type DB struct {
	cfg    Config
	engine engine
	keys   keys
	stats  stats

	writing writing // how the last write went

	appended signal // units with events were committed and not stamped yet
	stamped  signal // events became visible

	stop context.CancelFunc
	work sync.WaitGroup
}

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	name() string
	write(ctx context.Context, u unitOf) error
	read(ctx context.Context, u unitOf) error
	// now is an SQL expression: Unix milliseconds on the database's clock.
	now() string
	// forShare ends a SELECT whose row must not change until the unit ends.
	forShare() string
	// sequence runs until ctx ends and stamps events that units have left unstamped.
	sequence(ctx context.Context)
	raw() *sql.DB
	close() error
}

// unitOf is one unit of work as an engine gets it.
type unitOf struct {
	workspace string
	system    bool
	fn        func(*Tx) error
}

// Open opens the database, migrates it to this program's version and checks the master
// key. Errors: fault.Conflict with reason data_folder_in_use, database_newer,
// database_older (Shared), migration_edited, wrong_master_key or rotation_unfinished; fault.Unavailable when the server does not answer.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db, err := openUnchecked(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := db.checkMaster(ctx); err != nil {
		return nil, errors.Join(err, db.engine.close())
	}
	ctx, db.stop = context.WithCancel(context.WithoutCancel(ctx))
	if !cfg.Shared {
		db.work.Go(func() { db.engine.sequence(ctx) })
	}
	return db, nil
}

// openUnchecked opens and migrates without looking at the master key.
func openUnchecked(ctx context.Context, cfg Config) (*DB, error) {
	cfg.defaults()
	db := &DB{cfg: cfg, appended: newSignal(), stamped: newSignal()}
	open := openSQLite
	if cfg.Postgres != "" {
		open = openPostgres
	}
	if err := open(ctx, db); err != nil {
		return nil, err
	}
	db.writing.set(nil)
	return db, nil
}

func (c *Config) defaults() {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxConns == 0 {
		c.MaxConns = 4
		if c.Postgres != "" {
			c.MaxConns = 16
		}
	}
}

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.engine.name() }

// Write runs fn as one unit, in a transaction for this workspace, and returns after the
// commit. ctx is looked at only until the unit starts; from then on it cannot be
// interrupted. An error of fn undoes the unit and comes back as it is. fn may run again
// when the transaction it was in failed for another reason. Trouble with the database
// itself is fault.Unavailable.
func (db *DB) Write(ctx context.Context, workspace string, fn func(*Tx) error) error {
	if workspace == "" {
		return fmt.Errorf("store: a write names its workspace")
	}
	return db.noting(ctx, unitOf{workspace: workspace, fn: fn})
}

// Read runs fn with a connection for this workspace. Several statements see the
// database at several moments. Close the rows before fn returns.
func (db *DB) Read(ctx context.Context, workspace string, fn func(*Tx) error) error {
	if workspace == "" {
		return fmt.Errorf("store: a read names its workspace")
	}
	return db.engine.read(ctx, unitOf{workspace: workspace, fn: fn})
}

// WriteSystem is Write across workspaces. Only system.go and system_*.go call it.
func (db *DB) WriteSystem(ctx context.Context, fn func(*Tx) error) error {
	return db.noting(ctx, unitOf{system: true, fn: fn})
}

// ReadSystem is Read across workspaces. Only system.go and system_*.go call it.
func (db *DB) ReadSystem(ctx context.Context, fn func(*Tx) error) error {
	return db.engine.read(ctx, unitOf{system: true, fn: fn})
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return unavailable(db.engine.raw().PingContext(ctx))
}

// Derive makes a secret of this installation for one purpose, the same on all its nodes, from the master key.
func (db *DB) Derive(purpose string) [seal.KeySize]byte { return db.cfg.Master.Derive(purpose) }

// Close waits for units that have started and closes the database. Call it once, last.
func (db *DB) Close() error {
	db.stop()
	db.work.Wait()
	return db.engine.close()
}
