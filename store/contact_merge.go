package store

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/event"
)

// merge joins drop into keep: identities, conversations, messages, waiting sends, name and metadata.
// The caller holds the graph's lock. drop's id leads to keep from now on. keep is saved by the caller.
func merge(ctx context.Context, tx *Tx, workspace string, keep *contactRow, drop contactRow) error {
	keep.absorb(drop)
	joined, err := mergeConversations(ctx, tx, workspace, keep.id, drop.id)
	if err != nil {
		return err
	}
	if err := each(ctx, tx,
		statement{`UPDATE contact_identities SET contact = $3 WHERE workspace = $1 AND contact = $2`, []any{workspace, drop.id, keep.id}},
		statement{`DELETE FROM contacts WHERE workspace = $1 AND id = $2`, []any{workspace, drop.id}},
	); err != nil {
		return err
	}
	if err := leadTo(ctx, tx, workspace, drop.id, keep.id); err != nil {
		return err
	}
	return tx.Append(ctx, event.Draft{Type: event.ContactMerged,
		Data: event.Merger{Contact: keep.contact(), Merged: drop.id, Conversations: joined}})
}

// absorb takes what the other contact has and this one has not.
func (c *contactRow) absorb(other contactRow) {
	if c.name == "" {
		c.name = other.name
	}
	if c.pushName == "" {
		c.pushName = other.pushName
	}
	if c.phone == "" {
		c.phone = other.phone
	}
	if c.lid == "" {
		c.lid = other.lid
	}
	c.metadata = joinMetadata(c.metadata, other.metadata)
}

// joinMetadata adds the other's keys that ours has not, if the whole stays within its bound.
func joinMetadata(ours, others string) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal([]byte(ours), &a) != nil || json.Unmarshal([]byte(others), &b) != nil {
		return ours
	}
	for k, v := range a {
		b[k] = v
	}
	joined, err := json.Marshal(b)
	if err != nil || len(joined) > event.MaxMetadataBytes {
		return ours
	}
	return string(joined)
}

// mergeConversations hands drop's conversations to keep. Where keep has one on the same number, the two become one;
// the answer maps the id that is gone to the one that remains.
func mergeConversations(ctx context.Context, tx *Tx, workspace, keep, drop string) (map[string]string, error) {
	pairs, err := sameNumber(ctx, tx, workspace, keep, drop)
	if err != nil {
		return nil, err
	}
	for from, to := range pairs {
		if err := joinConversation(ctx, tx, workspace, from, to, keep); err != nil {
			return nil, err
		}
		if err := leadTo(ctx, tx, workspace, from, to); err != nil {
			return nil, err
		}
	}
	return pairs, each(ctx, tx,
		statement{`UPDATE conversations SET contact = $3 WHERE workspace = $1 AND contact = $2`, []any{workspace, drop, keep}},
		statement{`UPDATE messages SET contact = $3 WHERE workspace = $1 AND contact = $2 AND conversation IN (
			SELECT id FROM conversations WHERE workspace = $1 AND contact = $3)`, []any{workspace, drop, keep}},
	)
}

// sameNumber finds pairs of conversations that drop and keep have on the same number.
func sameNumber(ctx context.Context, tx *Tx, workspace, keep, drop string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT d.id, k.id FROM conversations d
		JOIN conversations k ON k.workspace = d.workspace AND k.number = d.number AND k.contact = $2
		WHERE d.workspace = $1 AND d.contact = $3`, workspace, keep, drop)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	pairs := map[string]string{}
	for rows.Next() {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			return nil, err
		}
		pairs[from] = to
	}
	return pairs, rows.Err()
}

// joinConversation moves everything of one conversation into another. A message that arrived in both stays once.
// The row that goes is taken first, so that a message on its way into it is either moved or finds it gone.
func joinConversation(ctx context.Context, tx *Tx, workspace, from, to, keep string) error {
	var unread, activity int64
	err := tx.QueryRow(ctx, `DELETE FROM conversations WHERE workspace = $1 AND id = $2 RETURNING unread, last_activity`, workspace, from).Scan(&unread, &activity)
	if err != nil {
		return err
	}
	return each(ctx, tx,
		statement{`DELETE FROM messages WHERE workspace = $1 AND conversation = $2 AND EXISTS (
			SELECT 1 FROM messages k WHERE k.workspace = messages.workspace AND k.number = messages.number
			AND k.wa_id = messages.wa_id AND k.from_me = messages.from_me AND k.conversation = $3)`, []any{workspace, from, to}},
		statement{`UPDATE messages SET conversation = $3, contact = $4 WHERE workspace = $1 AND conversation = $2`, []any{workspace, from, to, keep}},
		statement{`UPDATE outbox SET conversation = $3 WHERE workspace = $1 AND conversation = $2`, []any{workspace, from, to}},
		statement{`UPDATE conversations SET unread = unread + $3, last_activity = CASE WHEN last_activity < $4 THEN $4 ELSE last_activity END,
			last_message = COALESCE((SELECT m.id FROM messages m WHERE m.workspace = $1 AND m.conversation = $2 ORDER BY m.position DESC, m.id DESC LIMIT 1), '')
			WHERE workspace = $1 AND id = $2`, []any{workspace, to, unread, activity}},
	)
}

// leadTo makes an id that is gone, and all that led to it, lead to another.
func leadTo(ctx context.Context, tx *Tx, workspace, from, to string) error {
	return each(ctx, tx,
		statement{`UPDATE merged_ids SET into_id = $3 WHERE workspace = $1 AND into_id = $2`, []any{workspace, from, to}},
		statement{`INSERT INTO merged_ids (workspace, id, into_id, merged_at) VALUES ($1, $2, $3, $4)`, []any{workspace, from, to, tx.Now()}},
	)
}

// statement is one of a list to run.
type statement struct {
	query string
	args  []any
}

func each(ctx context.Context, tx *Tx, all ...statement) error {
	for _, s := range all {
		if _, err := tx.Later(ctx, s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}
