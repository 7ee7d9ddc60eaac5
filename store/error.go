package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sapa-chat/sapa/internal/fault"
	"modernc.org/sqlite"
)

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadonly   = 8
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteConstraint = 19
)

// pgReadOnly is PostgreSQL's read_only_sql_transaction: the server is a standby, or was told to take no writes.
const pgReadOnly = "25006"

// isConstraint says whether a statement was refused by a constraint, which undoes that statement alone on SQLite.
func isConstraint(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqliteConstraint
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && len(pg.Code) == 5 && pg.Code[:2] == "23"
}

// IsUnique says whether err is the violation of a primary key or a unique index.
func IsUnique(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == 1555 || lite.Code() == 2067
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// IsMissing says whether err is the absence of a row.
func IsMissing(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// unavailable turns trouble of the database (full, unreadable, unreachable, shutting down) into a fault and leaves every other error as it is.
func unavailable(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Internal || !isTrouble(err) {
		return err
	}
	return &trouble{fault.Errorf(fault.Unavailable, "the database cannot do this at the moment; try again").Because(reasonOf(err)), err}
}

// trouble is a fault for people and keeps the cause for the log.
type trouble struct {
	fault *fault.Error
	cause error
}

func (t *trouble) Error() string   { return t.fault.Message + " (" + t.cause.Error() + ")" }
func (t *trouble) Unwrap() []error { return []error{t.fault, t.cause} }

func reasonOf(err error) string {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	code := ""
	if errors.As(err, &pg) {
		code = pg.Code
	}
	liteCode := 0
	if errors.As(err, &lite) {
		liteCode = lite.Code() & 0xff
	}
	switch {
	case liteCode == sqliteFull || code == "53100":
		return "disk_full"
	case liteCode == sqliteReadonly || code == pgReadOnly:
		return "database_read_only"
	}
	return "database_unavailable"
}

func isTrouble(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteBusy, sqliteLocked, sqliteReadonly, sqliteIOErr, sqliteFull, sqliteCantOpen:
			return true
		}
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if pg.Code == pgReadOnly {
			return true
		}
		switch pg.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system error
			return pg.Code != "57014" // a statement canceled by its caller
		}
		return retryable(err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) || isClosed(err)
}

// retryable says whether PostgreSQL asks to run the transaction again: serialization failure or deadlock.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
