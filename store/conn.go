package store

import (
	"context"
	"database/sql"
)

// Rows are the rows of a query, as those of database/sql. Close them before the next statement of the unit, or read them to
// their end, which closes them.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Columns() ([]string, error)
	Err() error
	Close() error
}

// Row is at most one row. Scan it: until then the next statement has to wait.
type Row interface {
	// Scan gives sql.ErrNoRows without a row.
	Scan(into ...any) error
}

// conn is a transaction or a connection of an engine.
type conn interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	// later is exec for a statement that may wait for the next one's trip to the server, or for that of the commit; touched is
	// filled in when it has run.
	later(ctx context.Context, query string, args []any, touched *int64) error
	query(ctx context.Context, query string, args []any) (Rows, error)
	row(ctx context.Context, query string, args []any) Row
}

// failed is the row of a statement that was not run.
type failed struct{ err error }

// Scan implements [Row].
func (f failed) Scan(...any) error { return f.err }

// sqlConn is a connection of database/sql. Nothing waits: the database is in the process.
type sqlConn struct{ on *sql.Conn }

func (c sqlConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := c.on.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c sqlConn) later(ctx context.Context, query string, args []any, touched *int64) (err error) {
	*touched, err = c.exec(ctx, query, args)
	return err
}

func (c sqlConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	rows, err := c.on.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err // and no Rows that holds a nil
	}
	return rows, nil
}

func (c sqlConn) row(ctx context.Context, query string, args []any) Row {
	return c.on.QueryRowContext(ctx, query, args...)
}
