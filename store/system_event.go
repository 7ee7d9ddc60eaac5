package store

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
)

// claimTime is how long a node keeps a consumer without prolonging, on the database's clock.
const claimTime = 15 * time.Second

// EventLog is the event log as the pump of one node reads it. It implements event.Log.
type EventLog struct {
	DB *DB
	// Node names this node; with SQLite there is one, and its name does not matter.
	Node string
}

// EventsAfter implements event.Log.
func (l EventLog) EventsAfter(ctx context.Context, after int64, limit int) ([]event.Envelope, error) {
	return l.DB.eventsAfter(ctx, after, limit)
}

// Stamped implements event.Log.
func (l EventLog) Stamped() <-chan struct{} { return l.DB.Stamped() }

// Claim implements event.Log.
func (l EventLog) Claim(ctx context.Context, consumer string) (position int64, ok bool, err error) {
	now := l.DB.engine.now()
	var disabled int64
	err = l.DB.WriteSystem(ctx, func(tx *Tx) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO event_cursors (consumer, position, node, until)
			SELECT CAST($1 AS TEXT), seq, CAST($2 AS TEXT), `+now+` + $3 FROM event_heads WHERE workspace = ''
			ON CONFLICT (consumer) DO UPDATE SET node = excluded.node, until = excluded.until
			WHERE event_cursors.node = excluded.node OR event_cursors.until < `+now+`
			RETURNING position, disabled`, consumer, l.Node, claimTime.Milliseconds()).Scan(&position, &disabled)
		ok = err == nil
		if IsMissing(err) {
			return nil
		}
		return err
	})
	if err == nil && disabled != 0 {
		return 0, false, event.ErrDisabled
	}
	return position, ok, err
}

// Advance implements event.Log.
func (l EventLog) Advance(ctx context.Context, consumer string, position int64) (ok bool, err error) {
	now := l.DB.engine.now()
	err = l.DB.WriteSystem(ctx, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE event_cursors SET position = $3, until = `+now+` + $4 WHERE consumer = $1 AND node = $2`,
			consumer, l.Node, position, claimTime.Milliseconds())
		ok = n == 1
		return err
	})
	return ok, err
}

// Unclaim implements event.Log.
func (l EventLog) Unclaim(ctx context.Context, consumer string) error {
	return l.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `UPDATE event_cursors SET until = 0 WHERE consumer = $1 AND node = $2`, consumer, l.Node)
		return err
	})
}

// Enable lets a consumer that was disabled go on behind the newest event. What it has missed stays missed.
func (l EventLog) Enable(ctx context.Context, consumer string) error {
	return l.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE event_cursors SET disabled = 0, position = (SELECT seq FROM event_heads WHERE workspace = '')
			WHERE consumer = $1 AND disabled > 0`, consumer)
		return err
	})
}

// Stamped is closed when events have become visible on this node, or Nudge was called. Take it before reading.
func (db *DB) Stamped() <-chan struct{} { return db.stamped.next() }

// Nudge wakes whoever waits for Stamped: another node has said that there are events.
func (db *DB) Nudge() { db.stamped.fire() }

func (db *DB) eventsAfter(ctx context.Context, after int64, limit int) ([]event.Envelope, error) {
	var out []event.Envelope
	err := db.ReadSystem(ctx, func(tx *Tx) (err error) {
		out, err = readEvents(ctx, tx, `SELECT `+eventColumns+` FROM events WHERE position > $1 ORDER BY position LIMIT $2`, after, limit)
		return err
	})
	return out, err
}

// pruneBatch is how many events one unit removes: small, so that nobody waits for it.
const pruneBatch = 500

// PruneEvents removes events older than before, oldest first and in small units, until
// none is left or ctx ends. A consumer that has not read what goes is disabled, and an
// alert.fired of the installation says so.
func (db *DB) PruneEvents(ctx context.Context, before time.Time) (removed int64, err error) {
	for ctx.Err() == nil {
		n, err := db.pruneOnce(ctx, before)
		removed += n
		if err != nil || n == 0 {
			return removed, err
		}
	}
	return removed, ctx.Err()
}

func (db *DB) pruneOnce(ctx context.Context, before time.Time) (removed int64, err error) {
	err = db.WriteSystem(ctx, func(tx *Tx) error {
		removed = 0
		var upTo int64
		err := tx.QueryRow(ctx, `
			SELECT COALESCE(min(position) FILTER (WHERE time >= $1) - 1, max(position), 0)
			FROM (SELECT position, time FROM events WHERE position IS NOT NULL ORDER BY position LIMIT $2) oldest`,
			clock.Millis(before), pruneBatch).Scan(&upTo)
		if err != nil || upTo == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE event_heads SET pruned = gone.seq
			FROM (SELECT workspace, max(seq) AS seq FROM events WHERE position <= $1 GROUP BY workspace) gone
			WHERE event_heads.workspace = gone.workspace`, upTo); err != nil {
			return err
		}
		if removed, err = tx.Exec(ctx, `DELETE FROM events WHERE position <= $1`, upTo); err != nil || removed == 0 {
			return err
		}
		return disableBehind(ctx, tx, upTo)
	})
	return removed, err
}

func disableBehind(ctx context.Context, tx *Tx, upTo int64) error {
	rows, err := tx.Query(ctx, `UPDATE event_cursors SET disabled = $2 WHERE position < $1 AND disabled = 0 RETURNING consumer`, upTo, tx.Now())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var late []string
	for rows.Next() {
		var consumer string
		if err := rows.Scan(&consumer); err != nil {
			return err
		}
		late = append(late, consumer)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, consumer := range late {
		data := map[string]string{"rule": "event_consumer_behind", "consumer": consumer}
		if err := tx.AppendTo(ctx, event.Installation, event.Draft{Type: event.AlertFired, Data: data}); err != nil {
			return err
		}
	}
	return nil
}
