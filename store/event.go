package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/internal/page"
)

// Append writes an event of the unit's workspace in the unit's transaction. It becomes visible once it is committed and has its seq: at once on SQLite, by the sequencer on PostgreSQL.
func (tx *Tx) Append(ctx context.Context, d event.Draft) error {
	return tx.AppendTo(ctx, tx.workspace, d)
}

// AppendTo is Append for a system unit, which names the workspace (event.Installation for what concerns everyone).
func (tx *Tx) AppendTo(ctx context.Context, workspace string, d event.Draft) error {
	if workspace == "" {
		return fmt.Errorf("store: event %s without a workspace", d.Type)
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return fmt.Errorf("store: event %s: %w", d.Type, err)
	}
	var seq, position any // NULL is for the sequencer to fill
	if tx.heads != nil {
		if seq, position, err = tx.heads.next(ctx, tx, workspace); err != nil {
			return fmt.Errorf("store: event %s: %w", d.Type, err)
		}
	}
	_, err = tx.Later(ctx, `INSERT INTO events (id, workspace, seq, position, type, number, conversation, time, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id.New(), workspace, seq, position, string(d.Type), d.Number, d.Conversation, tx.Now(), string(data))
	if err != nil {
		return fmt.Errorf("store: event %s: %w", d.Type, err)
	}
	tx.appended++
	return nil
}

// Events reads the log of a workspace by seq. Errors, oldest first: *event.Gone when events after q.After have been pruned.
// Newest first the log ends where it was pruned.
func (db *DB) Events(ctx context.Context, workspace string, q event.Query) (event.Stretch, error) {
	var out event.Stretch
	limit := page.Request{Limit: q.Limit}.Size()
	err := db.Read(ctx, workspace, func(tx *Tx) (err error) {
		if !q.NewestFirst {
			if err := checkPruned(ctx, tx, workspace, q.After); err != nil {
				return err
			}
		}
		statement, args := eventsSQL(q, workspace, limit)
		out.Items, err = readEvents(ctx, tx, statement, args...)
		return err
	})
	n := len(out.Items)
	switch {
	case q.NewestFirst && n == limit:
		out.Next = out.Items[n-1].Seq
		if out.Next == 1 {
			out.Next = 0
		}
	case !q.NewestFirst && n > 0:
		out.Next = out.Items[n-1].Seq
	case !q.NewestFirst:
		out.Next = q.After
	}
	return out, err
}

func eventsSQL(q event.Query, workspace string, limit int) (string, []any) {
	var sql query
	sql.and("workspace = %s", workspace)
	order := "seq"
	if q.NewestFirst {
		order = "seq DESC"
	}
	switch {
	case !q.NewestFirst:
		sql.and("seq > %s", q.After)
	case q.Before > 0:
		sql.and("seq < %s", q.Before)
	default:
		sql.and("seq IS NOT NULL")
	}
	if q.Number != "" {
		sql.and("number = %s", q.Number)
	}
	if len(q.Types) > 0 {
		types := make([]any, len(q.Types))
		for i, t := range q.Types {
			types[i] = string(t)
		}
		sql.and("type IN ("+strings.Repeat(", %s", len(types))[2:]+")", types...)
	}
	if q.Number != "" && aboutNumbers(q.Types) {
		sql.and("type >= 'number.' AND type < 'number/'") // for the index events_number
	}
	return fmt.Sprintf("SELECT %s FROM events%s ORDER BY %s LIMIT %d", eventColumns, sql.conditions(), order, limit), sql.args
}

// aboutNumbers says whether only number.* is asked for.
func aboutNumbers(types []event.Type) bool {
	return len(types) > 0 && !slices.ContainsFunc(types, func(t event.Type) bool { return !strings.HasPrefix(string(t), "number.") })
}

const eventColumns = "id, seq, position, workspace, type, number, conversation, time, data"

func readEvents(ctx context.Context, tx *Tx, query string, args ...any) ([]event.Envelope, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []event.Envelope
	for rows.Next() {
		var e event.Envelope
		var at int64
		var data string
		if err := rows.Scan(&e.ID, &e.Seq, &e.Position, &e.Workspace, &e.Type, &e.Number, &e.Conversation, &at, &data); err != nil {
			return nil, err
		}
		e.Time, e.Data = clock.FromMillis(at), json.RawMessage(data)
		out = append(out, e)
	}
	return out, rows.Err()
}

func checkPruned(ctx context.Context, tx *Tx, workspace string, after int64) error {
	var pruned int64
	err := tx.QueryRow(ctx, `SELECT pruned FROM event_heads WHERE workspace = $1`, workspace).Scan(&pruned)
	if err != nil && !IsMissing(err) {
		return err
	}
	if after < pruned {
		return &event.Gone{Oldest: pruned + 1}
	}
	return nil
}
