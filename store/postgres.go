package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	roleApp    = "sapa_app"
	roleSystem = "sapa_system"
	// unitTimeout ends a unit whose server has fallen silent; its connection is closed, which undoes it.
	unitTimeout = 30 * time.Second
	maxTries    = 5
)

// postgres is PostgreSQL with two pools: one under the role that sees one workspace at a
// time, one under the role for the few queries across workspaces.
type postgres struct {
	db     *DB
	app    *sql.DB
	system *sql.DB
	alone  sync.Mutex // for Hooks.Alone
}

func openPostgres(ctx context.Context, db *DB) (err error) {
	if _, err := migratePostgres(ctx, db.cfg); err != nil {
		return unavailable(err)
	}
	e := &postgres{db: db}
	db.engine = e
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	if e.app, err = poolAs(db.cfg, roleApp, db.cfg.MaxConns); err != nil {
		return err
	}
	if e.system, err = poolAs(db.cfg, roleSystem, max(2, db.cfg.MaxConns/4)); err != nil {
		return err
	}
	return unavailable(checkRole(ctx, e.app))
}

// poolAs opens a pool whose every connection takes the role before anyone gets it.
func poolAs(cfg Config, role string, size int) (*sql.DB, error) {
	c, err := pgx.ParseConfig(cfg.Postgres)
	if err != nil {
		return nil, fmt.Errorf("store: PostgreSQL URL: %w", withoutSecrets(err))
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	pool := stdlib.OpenDB(*c, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET ROLE "+role)
		return err
	}))
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

// withoutSecrets drops the text of a parse error, which could repeat the password.
func withoutSecrets(error) error {
	return errors.New("it cannot be read; see the reference of database.url")
}

func (e *postgres) name() string     { return "postgres" }
func (e *postgres) raw() *sql.DB     { return e.app }
func (e *postgres) forShare() string { return " FOR SHARE" }
func (e *postgres) now() string {
	return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
}

func (e *postgres) pool(system bool) *sql.DB {
	if system {
		return e.system
	}
	return e.app
}

// write runs the unit, again when PostgreSQL asks for it.
func (e *postgres) write(ctx context.Context, u unitOf) error {
	for try := 1; ; try++ {
		err := e.try(ctx, u)
		if err == nil || !retryable(err) || try == maxTries {
			return unavailable(err)
		}
		e.db.stats.retries.Add(1)
		if !wait(ctx, time.Duration(rand.Int64N(int64(try)*int64(10*time.Millisecond)))) {
			return ctx.Err()
		}
	}
}

func (e *postgres) try(ctx context.Context, u unitOf) (err error) {
	c, err := e.pool(u.system).Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unitTimeout)
	defer cancel()
	if e.db.cfg.Hooks.Alone {
		e.alone.Lock()
		defer e.alone.Unlock()
	}
	started := time.Now()
	on, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = on.Rollback() }() // no effect after the commit
	e.db.stats.statements.Add(1)
	if _, err := on.ExecContext(ctx, "SELECT set_config('sapa.workspace', $1, true)", u.workspace); err != nil {
		return err
	}
	tx := &Tx{db: e.db, on: on, ctx: ctx, workspace: u.workspace, system: u.system}
	if err := u.fn(tx); err != nil {
		return tx.timedOut(tx.cause(err))
	}
	if tx.failed != nil {
		return fmt.Errorf("store: a unit went on after an error: %w", tx.failed)
	}
	if hook := e.db.cfg.Hooks.BeforeCommit; hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	if err := on.Commit(); err != nil {
		return tx.timedOut(err)
	}
	e.finish(tx, started)
	return nil
}

func (e *postgres) finish(tx *Tx, started time.Time) {
	e.db.committed(1, time.Since(started))
	e.db.keys.keep(tx.loaded)
	if tx.appended > 0 {
		e.db.appended.fire()
	}
}

// read lends a connection whose workspace is set for the session and cleared when it comes back.
func (e *postgres) read(ctx context.Context, u unitOf) error {
	c, err := e.pool(u.system).Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = c.Close() }()
	if !u.system {
		e.db.stats.statements.Add(2) // it is set and cleared
		if err := setWorkspace(ctx, c, u.workspace); err != nil {
			return unavailable(err)
		}
		defer clearWorkspace(ctx, c)
	}
	tx := &Tx{db: e.db, on: c, ctx: ctx, workspace: u.workspace, system: u.system, readonly: true}
	if err := u.fn(tx); err != nil {
		return unavailable(tx.cause(err))
	}
	e.db.keys.keep(tx.loaded)
	return nil
}

func setWorkspace(ctx context.Context, c *sql.Conn, workspace string) error {
	_, err := c.ExecContext(ctx, "SELECT set_config('sapa.workspace', $1, false)", workspace)
	return err
}

// clearWorkspace throws the connection away when it cannot be cleared.
func clearWorkspace(ctx context.Context, c *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := setWorkspace(ctx, c, ""); err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// sequence stamps events until ctx ends: after commits of this node, and now and then
// what a node left behind that died between commit and stamp.
func (e *postgres) sequence(ctx context.Context) {
	for ctx.Err() == nil {
		next := e.db.appended.next()
		n, err := e.stamp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.db.cfg.Log.Error("events cannot be stamped", "error", err)
			wait(ctx, time.Second)
			continue
		case n > 0:
			e.db.stamped.fire()
		}
		if n < stampLimit {
			waitFor(ctx, next, time.Second)
		}
	}
}

// stamp holds a lock until its commit is visible, so that one node at a time gives numbers.
func (e *postgres) stamp(ctx context.Context) (n int64, err error) {
	on, err := e.system.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = on.Rollback() }()
	if _, err := on.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockStamp); err != nil {
		return 0, err
	}
	tx := &Tx{db: e.db, on: on, ctx: ctx, system: true}
	if n, err = stamp(ctx, tx); err != nil || n == 0 {
		return 0, err
	}
	if hook := e.db.cfg.Hooks.BeforeCommit; hook != nil {
		if err := hook(); err != nil {
			return 0, err
		}
	}
	e.db.stats.commits.Add(1)
	return n, on.Commit()
}

func (e *postgres) close() error {
	var errs []error
	for _, p := range []*sql.DB{e.app, e.system} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}

// isClosed knows the errors of a connection that went away which carry no type.
func isClosed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "conn closed") || strings.Contains(text, "sql: database is closed") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "commit unexpectedly resulted in rollback")
}

// wait sleeps until d has passed (true) or ctx has ended (false).
func wait(ctx context.Context, d time.Duration) bool {
	waitFor(ctx, nil, d)
	return ctx.Err() == nil
}

// waitFor returns at the signal, after d, or when ctx ends.
func waitFor(ctx context.Context, signal <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-t.C:
	}
}
