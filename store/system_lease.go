package store

import (
	"context"
	"time"
)

// LeaseTime is how long a lease lasts without renewal, on the database's clock; LeaseEvery is how often it is renewed.
const (
	LeaseTime  = 15 * time.Second
	LeaseEvery = 5 * time.Second
)

func (db *DB) acquireLease(ctx context.Context, node string) (epoch int64, err error) {
	now := db.engine.now()
	err = db.WriteSystem(ctx, func(tx *Tx) error {
		if err := tx.QueryRow(ctx, `UPDATE node_epoch SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch`).Scan(&epoch); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO nodes (node, epoch, expires_at, started_at) VALUES ($1, $2, `+now+` + $3, `+now+`)
			ON CONFLICT (node) DO UPDATE SET epoch = excluded.epoch, expires_at = excluded.expires_at, started_at = excluded.started_at`,
			node, epoch, LeaseTime.Milliseconds())
		return err
	})
	return epoch, err
}

func (db *DB) renewLease(ctx context.Context, node string, epoch int64) error {
	now := db.engine.now()
	return db.WriteSystem(ctx, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE nodes SET expires_at = `+now+` + $3 WHERE node = $1 AND epoch = $2 AND expires_at > `+now,
			node, epoch, LeaseTime.Milliseconds())
		if err == nil && n == 0 {
			return leaseLost(node)
		}
		return err
	})
}

func (db *DB) releaseLease(ctx context.Context, node string, epoch int64) error {
	return db.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `UPDATE nodes SET expires_at = 0 WHERE node = $1 AND epoch = $2`, node, epoch)
		return err
	})
}
