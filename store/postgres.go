package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
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
	app    *pool
	system *pool
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
	if e.app, err = openPool(ctx, db.cfg, roleApp, db.cfg.MaxConns); err != nil {
		return err
	}
	if e.system, err = openPool(ctx, db.cfg, roleSystem, 1+max(2, db.cfg.MaxConns/4)); err != nil { // the one stamps
		return err
	}
	return unavailable(checkRole(ctx, e.app.plain))
}

func (e *postgres) name() string     { return "postgres" }
func (e *postgres) raw() *sql.DB     { return e.app.plain }
func (e *postgres) forShare() string { return " FOR SHARE" }
func (e *postgres) now() string {
	return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
}

func (e *postgres) pool(system bool) *pool {
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
	tx := &Tx{db: e.db, workspace: u.workspace, system: u.system}
	on, release, err := e.pool(u.system).lend(ctx, &e.db.stats, tx.after)
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unitTimeout)
	defer cancel()
	if e.db.cfg.Hooks.Alone {
		e.alone.Lock()
		defer e.alone.Unlock()
	}
	started := time.Now()
	defer on.rollback(ctx) // no effect after the commit
	on.begin()
	if !u.system {
		e.db.stats.statements.Add(1)
		on.wait(setWorkspace(u.workspace))
	}
	tx.on, tx.ctx = on, ctx
	if err := u.fn(tx); err != nil {
		return tx.timedOut(err)
	}
	if tx.failed != nil {
		return fmt.Errorf("store: a unit went on after an error: %w", tx.failed)
	}
	if hook := e.db.cfg.Hooks.BeforeCommit; hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	if err := on.commit(ctx); err != nil {
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

// read lends a connection each of whose statements sets the workspace first, on the same trip and for itself alone.
func (e *postgres) read(ctx context.Context, u unitOf) error {
	tx := &Tx{db: e.db, ctx: ctx, workspace: u.workspace, system: u.system, readonly: true}
	on, release, err := e.pool(u.system).lend(ctx, &e.db.stats, tx.after)
	if err != nil {
		return unavailable(err)
	}
	defer release()
	if !u.system {
		set := setWorkspace(u.workspace)
		on.each = &set
	}
	tx.on = on
	if err := u.fn(tx); err != nil {
		return unavailable(err)
	}
	e.db.keys.keep(tx.loaded)
	return nil
}

func (e *postgres) close() error { return errors.Join(e.app.close(), e.system.close()) }

// isClosed knows the errors of a connection that went away which carry no type.
func isClosed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "conn closed") || strings.Contains(text, "sql: database is closed") || strings.Contains(text, "closed pool") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "commit unexpectedly resulted in rollback")
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
