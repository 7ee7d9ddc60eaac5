package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// maxStatements bounds the prepared statements of one connection; our statements are fewer. What comes later, which
// can only be texts that are put together, is prepared for each use.
const maxStatements = 256

// openLite opens a pool of SQLite connections that keep their statements prepared: parsing one costs more than running it.
func openLite(dsn string) *sql.DB { return sql.OpenDB(liteConnector(dsn)) }

// liteConnector makes connections to the database of a DSN.
type liteConnector string

// Connect implements [driver.Connector].
func (dsn liteConnector) Connect(context.Context) (driver.Conn, error) {
	c, err := dsn.Driver().Open(string(dsn))
	if err != nil {
		return nil, err
	}
	inner, ok := c.(liteInner)
	if !ok {
		return nil, errors.Join(errors.New("store: the SQLite driver lacks what we need of it"), c.Close())
	}
	return &liteConn{liteInner: inner, kept: map[string]*liteStmt{}}, nil
}

// Driver implements [driver.Connector].
func (liteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

// liteInner is what we use of the driver's connection.
type liteInner interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// liteConn is a connection with its prepared statements. As any driver's connection it is used by one goroutine at a time.
type liteConn struct {
	liteInner
	kept map[string]*liteStmt
}

// liteStmt is a prepared statement; it is busy while rows of it are being read.
type liteStmt struct {
	run  liteRunner
	busy bool
}

// liteRunner is what we use of the driver's statement.
type liteRunner interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// ExecContext implements [driver.ExecerContext].
func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.liteInner.ExecContext(ctx, query, args)
	}
	return s.run.ExecContext(ctx, args)
}

// QueryContext implements [driver.QueryerContext].
func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.liteInner.QueryContext(ctx, query, args)
	}
	rows, err := s.run.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &liteRows{Rows: rows, of: s}, nil
}

// statement is the prepared one of a text, or nil when this use needs one of its own.
func (c *liteConn) statement(ctx context.Context, query string) (*liteStmt, error) {
	if s, ok := c.kept[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(c.kept) >= maxStatements {
		return nil, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	run, ok := prepared.(liteRunner)
	if !ok {
		return nil, prepared.Close()
	}
	s := &liteStmt{run: run}
	c.kept[query] = s
	return s, nil
}

// Close ends the statements and the connection.
func (c *liteConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.run.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.liteInner.Close())...)
}

// liteRows gives its statement back when it is closed.
type liteRows struct {
	driver.Rows
	of *liteStmt
}

// Close implements [driver.Rows].
func (r *liteRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
