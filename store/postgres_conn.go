package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgConn is a connection to PostgreSQL for one unit or read. A trip to the server costs more than most of our statements,
// so whatever needs no answer of its own (BEGIN, the workspace, what Later is told) travels with the statement that does.
type pgConn struct {
	c       *pgx.Conn
	stats   *stats
	note    func(error) error // told of each error of a statement
	waiting []waiting
	each    *waiting // goes before every statement, on the same trip and so in the same transaction
	begun   bool     // a transaction that BEGIN has opened, as far as we know
}

// waiting is a statement that is to travel with the next one.
type waiting struct {
	query   string
	args    []any
	touched *int64
}

// setWorkspace is for the transaction alone: what travels together without a BEGIN is one, too.
func setWorkspace(workspace string) waiting {
	return waiting{query: "SELECT set_config('sapa.workspace', $1, true)", args: []any{workspace}}
}

func (p *pgConn) wait(w waiting) { p.waiting = append(p.waiting, w) }

// begin opens a transaction with the next statement.
func (p *pgConn) begin() { p.wait(waiting{query: "BEGIN"}) }

// commit sends what still waits, and the end of the transaction with it.
func (p *pgConn) commit(ctx context.Context) error {
	if p.idle() {
		return nil
	}
	done, err := p.run(ctx, "COMMIT", nil)
	if err != nil {
		return err
	}
	p.begun = false
	if done.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// idle tells that the unit has asked nothing of the server, and wants nothing of it.
func (p *pgConn) idle() bool {
	for _, w := range p.waiting {
		if w.touched != nil {
			return false
		}
	}
	return !p.begun
}

// rollback undoes what was begun; a connection that cannot is closed by its pool.
func (p *pgConn) rollback(ctx context.Context) {
	p.waiting = nil
	if p.begun && !p.c.IsClosed() && !p.c.PgConn().IsBusy() {
		_, _ = p.c.Exec(ctx, "ROLLBACK")
	}
	p.begun = false
}

// send sends all that waits and the statement, and reads the answers before the statement's.
func (p *pgConn) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	if p.each != nil {
		p.stats.statements.Add(1)
		p.wait(*p.each)
	}
	first := p.waiting
	p.waiting = nil
	var trip pgx.Batch
	for _, w := range first {
		trip.Queue(w.query, w.args...)
		p.begun = p.begun || w.query == "BEGIN"
	}
	trip.Queue(query, args...)
	results := p.c.SendBatch(ctx, &trip)
	for _, w := range first {
		done, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return nil, p.note(err)
		}
		if w.touched != nil {
			*w.touched = done.RowsAffected()
		}
	}
	return results, nil
}

// run is send for a statement without rows.
func (p *pgConn) run(ctx context.Context, query string, args []any) (done pgconn.CommandTag, err error) {
	trip, err := p.send(ctx, query, args)
	if err != nil {
		return done, err
	}
	done, err = trip.Exec()
	if closed := trip.Close(); err == nil {
		err = closed
	}
	return done, err
}

func (p *pgConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	done, err := p.run(ctx, query, args)
	return done.RowsAffected(), err
}

func (p *pgConn) later(_ context.Context, query string, args []any, touched *int64) error {
	p.wait(waiting{query, args, touched})
	return nil
}

func (p *pgConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	trip, err := p.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := trip.Query()
	if err != nil {
		_ = trip.Close()
		return nil, err
	}
	return &pgRows{Rows: rows, trip: trip, note: p.note}, nil
}

func (p *pgConn) row(ctx context.Context, query string, args []any) Row {
	trip, err := p.send(ctx, query, args)
	if err != nil {
		return failed{err}
	}
	return pgRow{row: trip.QueryRow(), trip: trip, note: p.note}
}

// pgRows ends the trip with the rows.
type pgRows struct {
	pgx.Rows
	trip pgx.BatchResults
	note func(error) error
}

// Next implements [Rows].
func (r *pgRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	_ = r.Close()
	return false
}

// Columns implements [Rows].
func (r *pgRows) Columns() (names []string, err error) {
	for _, f := range r.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names, r.Err()
}

// Close implements [Rows].
func (r *pgRows) Close() error {
	r.Rows.Close()
	closed := r.trip.Close()
	if err := r.Err(); err != nil {
		return err
	}
	return r.note(closed)
}

// Err implements [Rows].
func (r *pgRows) Err() error { return r.note(r.Rows.Err()) }

// pgRow ends the trip with the row.
type pgRow struct {
	row  pgx.Row
	trip pgx.BatchResults
	note func(error) error
}

// Scan implements [Row]. pgx's error for no row is that of database/sql as well.
func (r pgRow) Scan(into ...any) error {
	err := r.row.Scan(into...)
	closed := r.trip.Close()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return err
	case err == nil:
		err = closed
	}
	return r.note(err)
}
