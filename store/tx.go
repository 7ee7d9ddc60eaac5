package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
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
	withheld error                // of a hook that kept a statement from running
	appended int                  // events written
	heads    *heads               // where events get their numbers as they are written; nil: later, from the sequencer
	changed  bool                 // Exec has touched a row
	loaded   map[string]*seal.Key // data keys met in this unit, cached by the DB after its commit
}

// conn is a transaction or a connection.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Workspace is the workspace that the unit was started for; "" for a system unit.
func (tx *Tx) Workspace() string { return tx.workspace }

// Now is the wall clock in Unix milliseconds.
func (tx *Tx) Now() int64 { return clock.Millis(tx.db.cfg.Clock.Now()) }

// Exec runs a statement and tells how many rows it touched. A bool goes in as 0 or 1,
// a json.RawMessage as text.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if tx.readonly {
		return 0, errors.New("store: Exec in a read")
	}
	ctx, err := tx.before(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := tx.on.ExecContext(ctx, query, portable(args)...)
	if err != nil {
		return 0, tx.after(err)
	}
	n, err := res.RowsAffected()
	tx.changed = tx.changed || n > 0
	return n, err
}

// Query runs a statement with many rows. Close them.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := tx.before(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := tx.on.QueryContext(ctx, query, portable(args)...)
	return rows, tx.after(err)
}

// QueryRow runs a statement with at most one row; Scan gives sql.ErrNoRows without one.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	ctx, err := tx.before(ctx, query)
	if err != nil {
		var cancel context.CancelCauseFunc // the only way to hand an error to a *sql.Row
		ctx, cancel = context.WithCancelCause(ctx)
		cancel(err)
	}
	row := tx.on.QueryRowContext(ctx, query, portable(args)...)
	_ = tx.after(row.Err())
	return row
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
			tx.withheld = err
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

// cause is what made a unit fail with err: a *sql.Row whose statement was withheld only says that its context ended, which
// pgx calls a bad connection.
func (tx *Tx) cause(err error) error {
	if tx.withheld != nil && (errors.Is(err, context.Canceled) || errors.Is(err, driver.ErrBadConn)) {
		return tx.withheld
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
