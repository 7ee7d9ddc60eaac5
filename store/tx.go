package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
)

// Tx is the database inside one unit. It is used by one goroutine and only until its function returns.
type Tx struct {
	db        *DB
	on        conn
	workspace string
	system    bool
	readonly  bool

	ctx      context.Context      // of the unit, for what needs a statement without taking a context
	failed   error                // the first error of a statement
	broken   error                // the first one that was no constraint
	appended int                  // events written
	heads    *heads               // where events get their numbers as they are written; nil: later, from the sequencer
	changed  bool                 // Exec has touched a row
	loaded   map[string]*seal.Key // data keys met in this unit, cached by the DB after its commit
}

// Workspace is the workspace that the unit was started for; "" for a system unit.
func (tx *Tx) Workspace() string { return tx.workspace }

// Now is the wall clock in Unix milliseconds.
func (tx *Tx) Now() int64 { return clock.Millis(tx.db.cfg.Clock.Now()) }

// Exec runs a statement and tells how many rows it touched. A bool goes in as 0 or 1,
// a json.RawMessage as text.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, err := tx.beforeChange(ctx, query)
	if err != nil {
		return 0, err
	}
	n, err := tx.on.exec(ctx, query, portable(args))
	if err != nil {
		return 0, tx.after(err)
	}
	tx.changed = tx.changed || n > 0
	return n, nil
}

// Later is Exec for a statement whose outcome may wait: on PostgreSQL it travels with the next statement, or with the
// commit. *touched is how many rows it touched, once the next Exec, Query or QueryRow is back. It runs in its place between
// the others; its error is that of the statement it travels with, or the unit's.
func (tx *Tx) Later(ctx context.Context, query string, args ...any) (touched *int64, err error) {
	ctx, err = tx.beforeChange(ctx, query)
	if err != nil {
		return nil, err
	}
	touched = new(int64)
	return touched, tx.after(tx.on.later(ctx, query, portable(args), touched))
}

// Query runs a statement with many rows.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	ctx, err := tx.before(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := tx.on.query(ctx, query, portable(args))
	return rows, tx.after(err)
}

// QueryRow runs a statement with at most one row.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	ctx, err := tx.before(ctx, query)
	if err != nil {
		return failed{err}
	}
	row := tx.on.row(ctx, query, portable(args))
	if early, ok := row.(interface{ Err() error }); ok {
		_ = tx.after(early.Err())
	}
	return row
}

func (tx *Tx) beforeChange(ctx context.Context, query string) (context.Context, error) {
	if tx.readonly {
		return ctx, errors.New("store: a change in a read")
	}
	return tx.before(ctx, query)
}

// before counts the statement and lets a hook fail it. The statements of a write run
// under the unit's own context, which its caller cannot cancel: one that is interrupted
// half-way rolls back more than itself.
func (tx *Tx) before(ctx context.Context, query string) (context.Context, error) {
	n := tx.db.stats.statements.Add(1)
	if !tx.readonly {
		ctx = tx.ctx
	}
	if hook := tx.db.cfg.Hooks.Statement; hook != nil {
		if err := hook(n, query); err != nil {
			return ctx, tx.after(err)
		}
	}
	return ctx, nil
}

func (tx *Tx) after(err error) error {
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	if err != nil && tx.broken == nil && !isConstraint(err) {
		tx.broken = err
	}
	return err
}

// timedOut tells the end of a unit's own time, which is trouble, from an error of its caller.
func (tx *Tx) timedOut(err error) error {
	if tx.ctx.Err() == nil {
		return err
	}
	return &trouble{fault.Errorf(fault.Unavailable, "the database did not answer in time; try again").Because("database_unavailable"), err}
}

// portable turns arguments into what both engines store alike.
func portable(args []any) []any {
	for i, a := range args {
		switch a := a.(type) {
		case bool:
			args[i] = int64(0)
			if a {
				args[i] = int64(1)
			}
		case json.RawMessage:
			args[i] = string(a)
		}
	}
	return args
}
