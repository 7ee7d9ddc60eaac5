package store

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/send"
)

// Backlog counts what waits in all workspaces and tells the age of the oldest, 0 when nothing waits.
func (s Outbox) Backlog(ctx context.Context) (waiting int, oldest time.Duration, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		var since int64
		if err := tx.QueryRow(ctx, `SELECT count(*), COALESCE(MIN(created_at), 0) FROM outbox`).Scan(&waiting, &since); err != nil {
			return err
		}
		if waiting > 0 {
			oldest = max(0, time.Duration(tx.Now()-since)*time.Millisecond)
		}
		return nil
	})
	return waiting, oldest, err
}

// stuckFor is how long after its expiry a row that is still in sending is given up: its number has had no lane since.
const stuckFor = 10 * time.Minute

// overdue is an outbox row whose time is over.
type overdue struct {
	workspace, row, message, state string
	unclear                        bool
}

// Expire fails rows of all workspaces whose time is over, each workspace in its own transaction.
func (s Outbox) Expire(ctx context.Context, limit int) (expired int, next time.Time, err error) {
	late, next, err := s.overdue(ctx, limit)
	if err != nil {
		return 0, next, err
	}
	for _, o := range late {
		if err := s.DB.Write(ctx, o.workspace, func(tx *Tx) error { return giveUp(ctx, tx, o) }); err != nil {
			return expired, next, err
		}
		expired++
	}
	return expired, next, nil
}

// overdue lists rows to expire, and when the next queued one is due.
func (s Outbox) overdue(ctx context.Context, limit int) (late []overdue, next time.Time, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		now := tx.Now()
		rows, err := tx.Query(ctx, `SELECT workspace, id, message, state, unclear FROM outbox
			WHERE expires_at <= $1 AND (state = 'queued' OR expires_at <= $2) ORDER BY expires_at LIMIT $3`, now, now-stuckFor.Milliseconds(), limit)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		late = nil
		for rows.Next() {
			var o overdue
			var unclear int64
			if err := rows.Scan(&o.workspace, &o.row, &o.message, &o.state, &unclear); err != nil {
				return err
			}
			o.unclear = unclear == 1
			late = append(late, o)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		var at int64
		err = tx.QueryRow(ctx, `SELECT COALESCE(MIN(expires_at), 0) FROM outbox WHERE expires_at > $1`, now).Scan(&at)
		next = clock.FromMillis(at)
		return err
	})
	return late, next, err
}

// giveUp ends an overdue row, if it still is as it was seen.
func giveUp(ctx context.Context, tx *Tx, o overdue) error {
	seen, err := tx.Exec(ctx, `UPDATE outbox SET unclear = unclear WHERE workspace = $1 AND id = $2 AND state = $3`, o.workspace, o.row, o.state)
	if err != nil || seen == 0 {
		return err
	}
	return expire(ctx, tx, o.workspace, o.row, o.message, o.unclear || o.state == "sending", send.Expired())
}
