package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// pool is the connections under one role.
type pool struct {
	conns *pgxpool.Pool
	plain *sql.DB // the same connections, for what is no unit
}

// openPool opens a pool whose every connection takes the role before anyone gets it. It connects when it is used first.
func openPool(ctx context.Context, cfg Config, role string, size int) (*pool, error) {
	c, err := pgxpool.ParseConfig(cfg.Postgres)
	if err != nil {
		return nil, fmt.Errorf("store: PostgreSQL URL: %w", withoutSecrets(err))
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		types := conn.TypeMap()
		types.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{scanBool}, types.TryWrapScanPlanFuncs...)
		// Compiling is for statements that run for seconds; ours take less than it does. A plan is made once for any arguments:
		// they never decide which index serves, and planning would cost more than running.
		_, err := conn.Exec(ctx, "SET ROLE "+role+"; SET jit = off; SET plan_cache_mode = force_generic_plan", pgx.QueryExecModeSimpleProtocol)
		return err
	}
	c.MaxConns, c.MinConns = int32(size), 0
	c.MaxConnIdleTime, c.MaxConnLifetimeJitter = 5*time.Minute, 5*time.Minute
	conns, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, fmt.Errorf("store: PostgreSQL: %w", withoutSecrets(err))
	}
	return &pool{conns: conns, plain: stdlib.OpenDBFromPool(conns)}, nil
}

func (p *pool) close() error {
	if p == nil {
		return nil
	}
	err := p.plain.Close()
	p.conns.Close()
	return err
}

// withoutSecrets drops the text of a parse error, which could repeat the password.
func withoutSecrets(error) error {
	return errors.New("it cannot be read; see the reference of database.url")
}

// lend takes a connection for a unit or a read of the workspace, with note to be told of the errors of its statements.
func (p *pool) lend(ctx context.Context, s *stats, note func(error) error) (*pgConn, func(), error) {
	c, err := p.conns.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return &pgConn{c: c.Conn(), stats: s, note: note}, c.Release, nil // one that is in a transaction or busy is closed
}

// boolPlan reads our bools, which are numbers in both databases.
type boolPlan struct{ number pgtype.ScanPlan }

// scanBool is asked for what pgx itself cannot scan.
func scanBool(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	if _, ok := target.(*bool); !ok {
		return nil, nil, false
	}
	return &boolPlan{}, new(int64), true
}

// SetNext implements [pgtype.WrappedScanPlanNextSetter].
func (b *boolPlan) SetNext(next pgtype.ScanPlan) { b.number = next }

// Scan implements [pgtype.ScanPlan].
func (b *boolPlan) Scan(from []byte, into any) error {
	var n int64
	if err := b.number.Scan(from, &n); err != nil {
		return err
	}
	*into.(*bool) = n != 0
	return nil
}
