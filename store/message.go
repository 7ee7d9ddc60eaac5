package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// messageRow is a row of messages with what only the database needs to know.
type messageRow struct {
	event.Message
	contact      string
	fromMe       bool
	quotedWAID   string
	quotedFromMe bool
	position     int64
	failedAt     int64
	idempotency  string
	fingerprint  string // written, never read with the row
}

// messageColumns are read by scanMessage, in this order.
const messageColumns = `id, number, conversation, contact, from_me, wa_id, kind, text, quoted, quoted_wa_id, quoted_from_me, status,
	author_kind, author_id, author_name, failure_code, failure_text, failed_at, time, position, expires_at, metadata, client_ref, idempotency`

// maxQuotedBytes is how much of a quoted text is kept with the message that quotes it.
const maxQuotedBytes = 1024

type scanner interface{ Scan(dest ...any) error }

// scanMessage reads messageColumns, after the columns that go into before.
func scanMessage(row scanner, before ...any) (messageRow, error) {
	var m messageRow
	var fromMe, quotedFromMe, at, expires int64
	var quoted, failureCode, failureText, metadata string
	err := row.Scan(append(before, &m.ID, &m.Number, &m.Conversation, &m.contact, &fromMe, &m.WAID, &m.Kind, &m.Text, &quoted, &m.quotedWAID, &quotedFromMe, &m.Status,
		&m.Author.Kind, &m.Author.ID, &m.Author.Name, &failureCode, &failureText, &m.failedAt, &at, &m.position, &expires, &metadata, &m.ClientRef, &m.idempotency)...)
	if err != nil {
		return m, err
	}
	m.fromMe, m.quotedFromMe = fromMe == 1, quotedFromMe == 1
	m.Direction = event.In
	if m.fromMe {
		m.Direction = event.Out
	}
	if quoted != "" {
		m.Quoted = new(event.Quoted)
		if err := json.Unmarshal([]byte(quoted), m.Quoted); err != nil {
			return m, fmt.Errorf("quoted message of %s: %w", m.ID, err)
		}
	}
	if failureCode != "" {
		m.Failure = &event.Failure{Code: failureCode, Message: failureText}
	}
	m.Time = clock.FromMillis(at)
	if expires > 0 {
		t := clock.FromMillis(expires)
		m.ExpiresAt = &t
	}
	m.Metadata = json.RawMessage(metadata)
	return m, nil
}

func scanMessages(rows Rows) ([]messageRow, error) {
	defer func() { _ = rows.Close() }()
	var all []messageRow
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// insertMessage stores a message; false means that it (or its idempotency key) is there already.
func insertMessage(ctx context.Context, tx *Tx, workspace string, m messageRow) (bool, error) {
	s, err := messageInsert(workspace, m)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, s.query, s.args...)
	return n == 1, err
}

// messageInsert touches no row when the message (or its idempotency key) is there already.
func messageInsert(workspace string, m messageRow) (statement, error) {
	quoted := ""
	if m.Quoted != nil {
		b, err := json.Marshal(m.Quoted)
		if err != nil {
			return statement{}, err
		}
		quoted = string(b)
	}
	var expires int64
	if m.ExpiresAt != nil {
		expires = clock.Millis(*m.ExpiresAt)
	}
	return statement{`INSERT INTO messages (workspace, id, number, conversation, contact, from_me, wa_id, kind, text, quoted, quoted_wa_id, quoted_from_me,
		status, author_kind, author_id, author_name, time, position, expires_at, metadata, client_ref, idempotency, fingerprint)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) ON CONFLICT DO NOTHING`, []any{
		workspace, m.ID, m.Number, m.Conversation, m.contact, m.fromMe, m.WAID, string(m.Kind), m.Text, quoted, m.quotedWAID, m.quotedFromMe,
		string(m.Status), string(m.Author.Kind), m.Author.ID, m.Author.Name, clock.Millis(m.Time), m.position, expires, m.Metadata, m.ClientRef, m.idempotency, m.fingerprint,
	}}, nil
}

// appendMessage writes a message event; the message itself is the data.
func appendMessage(ctx context.Context, tx *Tx, typ event.Type, m event.Message) error {
	return tx.Append(ctx, event.Draft{Type: typ, Number: m.Number, Conversation: m.Conversation, Data: m})
}

// getMessage reads one message, or fault NotFound.
func getMessage(ctx context.Context, tx *Tx, workspace, id string) (messageRow, error) {
	m, err := scanMessage(tx.QueryRow(ctx, `SELECT `+messageColumns+` FROM messages WHERE workspace = $1 AND id = $2`, workspace, id))
	if IsMissing(err) {
		return m, fault.Errorf(fault.NotFound, "no message %s", id)
	}
	return m, err
}

// quote fills in what m answers to: our message when we hold it, else what WhatsApp told.
func (m *messageRow) quote(q wa.Quote, held *messageRow) {
	m.quotedWAID, m.quotedFromMe = q.ID, q.FromMe
	m.Quoted = &event.Quoted{Text: shorten(q.Text, maxQuotedBytes), Author: event.Author{Kind: event.AuthorContact, ID: m.contact}}
	if q.FromMe {
		m.Quoted.Author = event.Author{Kind: event.AuthorPhone}
	}
	if held != nil {
		m.Quoted.Message, m.Quoted.Author = held.ID, held.Author
		m.Quoted.Text = shorten(held.Text, maxQuotedBytes)
	}
}

// shorten cuts text to at most max bytes at a character's border.
func shorten(text string, max int) string {
	if len(text) <= max {
		return text
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max]
}

// list makes "$from, $from+1, …" for count arguments.
func list(from, count int) string {
	var b strings.Builder
	for i := range count {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

// texts turns strings into arguments.
func texts[S ~string](all []S) []any {
	args := make([]any, len(all))
	for i, s := range all {
		args[i] = string(s)
	}
	return args
}

// scanTexts reads rows of one text.
func scanTexts(rows Rows) ([]string, error) {
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func emptyObject() json.RawMessage { return json.RawMessage("{}") }

// outgoingColumns are read by scanOutgoing; m is the message, c its contact.
const outgoingColumns = `m.wa_id, m.text, m.quoted, m.quoted_wa_id, m.quoted_from_me, c.phone, c.lid`

// scanOutgoing reads a message as a provider sends it, after the columns that go into before.
func scanOutgoing(row scanner, before ...any) (wa.Outgoing, error) {
	var out wa.Outgoing
	var quotedID, quoted string
	var quotedFromMe int64
	err := row.Scan(append(before, &out.ID, &out.Text, &quoted, &quotedID, &quotedFromMe, &out.To.Phone, &out.To.LID)...)
	if err != nil || quotedID == "" {
		return out, err
	}
	var q event.Quoted
	if err := json.Unmarshal([]byte(quoted), &q); err != nil {
		return out, fmt.Errorf("the message that %s quotes: %w", out.ID, err)
	}
	out.Quoted = &wa.Quote{ID: quotedID, FromMe: quotedFromMe == 1, Text: q.Text}
	if !out.Quoted.FromMe {
		out.Quoted.Sender = out.To
	}
	return out, nil
}

// outgoing reads a message as a provider sends it.
func outgoing(ctx context.Context, tx *Tx, workspace, id string) (wa.Outgoing, error) {
	return scanOutgoing(tx.QueryRow(ctx, `SELECT `+outgoingColumns+`
		FROM messages m JOIN contacts c ON c.workspace = m.workspace AND c.id = m.contact WHERE m.workspace = $1 AND m.id = $2`, workspace, id))
}
