package store

import (
	"context"
	"errors"
	"sort"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/wa"
)

// Inbox implements inbox.Store.
type Inbox struct{ DB *DB }

var _ inbox.Store = Inbox{}

// errMoved means that a conversation was merged away between two statements: the unit runs again.
var errMoved = errors.New("store: the conversation was merged away")

// writeMoving is Write for units that meet merges: they run again when one came in between.
func (db *DB) writeMoving(ctx context.Context, workspace string, fn func(*Tx) error) (err error) {
	for range 3 {
		if err = db.Write(ctx, workspace, fn); !errors.Is(err, errMoved) {
			return err
		}
	}
	return err
}

// Receive stores a message that arrived: four statements for a contact who has written before.
func (s Inbox) Receive(ctx context.Context, n wa.NumberRef, in wa.Incoming) (fresh bool, err error) {
	err = s.DB.writeMoving(ctx, n.Workspace, func(tx *Tx) error {
		fresh = false
		p, err := locate(ctx, tx, n.Workspace, n.ID, in.Contact, false)
		if err != nil {
			return err
		}
		m := arrived(n, p, in)
		m.position = max(tx.Now(), p.lastActivity+1)
		insert, err := arrivedInsert(ctx, tx, n, &m, in.Quoted)
		if err != nil {
			return err
		}
		stored, err := tx.Later(ctx, insert.query, insert.args...)
		if err != nil {
			return err
		}
		advanced, err := advanceConversation(ctx, tx, n.Workspace, m, false)
		if err != nil || *stored == 0 {
			return err
		}
		if !advanced {
			return errMoved
		}
		fresh = true
		typ := event.MessageReceived
		if in.FromMe {
			typ = event.MessageSent
		}
		return appendMessage(ctx, tx, typ, m.Message)
	})
	return fresh, err
}

// ReceiveHistory stores what is new of older messages with one contact: two statements, and one for each message.
func (s Inbox) ReceiveHistory(ctx context.Context, n wa.NumberRef, past []wa.Incoming) error {
	if len(past) == 0 {
		return nil
	}
	return s.DB.writeMoving(ctx, n.Workspace, func(tx *Tx) error {
		p, err := locate(ctx, tx, n.Workspace, n.ID, past[0].Contact, true)
		if err != nil {
			return err
		}
		var newest messageRow
		for _, in := range past {
			m := arrived(n, p, in)
			m.position = min(clock.Millis(in.Time), tx.Now())
			insert, err := arrivedInsert(ctx, tx, n, &m, in.Quoted)
			if err != nil {
				return err
			}
			stored, err := tx.Exec(ctx, insert.query, insert.args...)
			if err != nil {
				return err
			}
			if stored == 1 && m.position >= newest.position {
				newest = m
			}
		}
		if newest.ID == "" {
			return nil
		}
		advanced, err := advanceConversation(ctx, tx, n.Workspace, newest, true)
		if err == nil && !advanced {
			err = errMoved
		}
		return err
	})
}

// arrivedInsert stores a message with what it quotes; it touches no row when the message is there already.
func arrivedInsert(ctx context.Context, tx *Tx, n wa.NumberRef, m *messageRow, quoted *wa.Quote) (statement, error) {
	if quoted != nil {
		held, err := heldMessage(ctx, tx, n, m.contact, *quoted)
		if err != nil {
			return statement{}, err
		}
		m.quote(*quoted, held)
	}
	return messageInsert(n.Workspace, *m)
}

// arrived makes the row of a message that came from WhatsApp; its position is the caller's.
func arrived(n wa.NumberRef, p place, in wa.Incoming) messageRow {
	m := messageRow{contact: p.contact.id, fromMe: in.FromMe}
	m.Message = event.Message{
		ID: id.New(), Conversation: p.conversation, Number: n.ID, WAID: in.ID,
		Direction: event.In, Status: event.StatusReceived, Kind: in.Kind, Text: in.Text, Time: in.Time.UTC(),
		Author: event.Author{Kind: event.AuthorContact, ID: p.contact.id, Name: p.contact.shown()}, Metadata: emptyObject(),
	}
	if in.FromMe {
		m.Direction, m.Status, m.Author = event.Out, event.StatusSent, event.Author{Kind: event.AuthorPhone}
	}
	return m
}

// heldMessage finds the message that a contact quotes, nil when we do not hold it.
func heldMessage(ctx context.Context, tx *Tx, n wa.NumberRef, contact string, q wa.Quote) (*messageRow, error) {
	m, err := scanMessage(tx.QueryRow(ctx, `SELECT `+messageColumns+` FROM messages WHERE workspace = $1 AND number = $2 AND wa_id = $3 AND from_me = $4 AND contact = $5`,
		n.Workspace, n.ID, q.ID, q.FromMe, contact))
	if IsMissing(err) {
		return nil, nil
	}
	return &m, err
}

// advanceConversation counts a message, provided that it was stored; false means that it was not, or that the conversation
// is gone. One from the phone itself means that the owner has read the rest.
func advanceConversation(ctx context.Context, tx *Tx, workspace string, m messageRow, history bool) (bool, error) {
	unread, read := "unread + 1", "read_position"
	switch {
	case history:
		unread, read = "unread", "CASE WHEN unread = 0 AND read_position < $4 THEN $4 ELSE read_position END"
	case m.fromMe:
		unread, read = "0", "$4"
	}
	n, err := tx.Exec(ctx, `UPDATE conversations SET unread = `+unread+`, read_position = `+read+`,
		last_message = CASE WHEN last_activity <= $4 THEN $3 ELSE last_message END,
		last_activity = CASE WHEN last_activity <= $4 THEN $4 ELSE last_activity END
		WHERE workspace = $1 AND id = $2 AND EXISTS (SELECT 1 FROM messages m WHERE m.workspace = $1 AND m.id = $3)`,
		workspace, m.Conversation, m.ID, m.position)
	return n == 1, err
}

// below are the states from which a receipt may move a message on. Those whose send we think is not over, or failed,
// are among them: a receipt says that it did arrive.
var below = map[event.Status][]event.Status{
	event.StatusDelivered: {event.StatusSent, event.StatusQueued, event.StatusSending, event.StatusUnknown, event.StatusFailed},
	event.StatusRead: {event.StatusSent, event.StatusDelivered, event.StatusQueued, event.StatusSending, event.StatusUnknown,
		event.StatusFailed},
	event.StatusPlayed: {event.StatusSent, event.StatusDelivered, event.StatusRead, event.StatusQueued, event.StatusSending,
		event.StatusUnknown, event.StatusFailed},
}

// receipted is the event of each state that a receipt can bring.
var receipted = map[event.Status]event.Type{
	event.StatusDelivered: event.MessageDelivered,
	event.StatusRead:      event.MessageRead,
	event.StatusPlayed:    event.MessagePlayed,
}

// Advance moves our messages forward: one statement, and an event for each; one more when some of them wait to be tried
// again. It is one statement because the lane may settle the same message at the same moment.
func (s Inbox) Advance(ctx context.Context, n wa.NumberRef, contact wa.Identity, ids []string, status event.Status) error {
	return s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		moved, waiting, err := advance(ctx, tx, n, contact, ids, status)
		if err != nil {
			return err
		}
		if err := dropWaiting(ctx, tx, n.Workspace, waiting); err != nil {
			return err
		}
		sort.Slice(moved, func(i, j int) bool { return moved[i].position < moved[j].position })
		for _, m := range moved {
			if err := appendMessage(ctx, tx, receipted[status], m.Message); err != nil {
				return err
			}
		}
		return nil
	})
}

// advance moves messages and names those that wait in the outbox to be tried again. What is on the wire now is left to its
// lane, which settles it at once.
func advance(ctx context.Context, tx *Tx, n wa.NumberRef, contact wa.Identity, ids []string, status event.Status) (moved []messageRow, waiting []any, err error) {
	from := below[status]
	args := []any{n.Workspace, n.ID, string(status), string(contact.Phone), string(contact.LID)}
	args = append(append(args, texts(from)...), texts(ids)...)
	rows, err := tx.Query(ctx, `UPDATE messages SET status = $3, failure_code = '', failure_text = '', failed_at = 0, expires_at = 0
		WHERE workspace = $1 AND number = $2 AND from_me = 1 AND status IN (`+list(6, len(from))+`) AND wa_id IN (`+list(6+len(from), len(ids))+`)
		AND contact IN (SELECT contact FROM contact_identities WHERE workspace = $1 AND ((kind = 'phone' AND value = $4) OR (kind = 'lid' AND value = $5)))
		RETURNING EXISTS (SELECT 1 FROM outbox o WHERE o.workspace = messages.workspace AND o.message = messages.id AND o.state = 'queued'), `+messageColumns, args...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var waits bool
		m, err := scanMessage(rows, &waits)
		if err != nil {
			return nil, nil, err
		}
		moved = append(moved, m)
		if waits {
			waiting = append(waiting, m.ID)
		}
	}
	return moved, waiting, rows.Err()
}

// dropWaiting takes messages that have arrived out of the outbox.
func dropWaiting(ctx context.Context, tx *Tx, workspace string, messages []any) error {
	if len(messages) == 0 {
		return nil
	}
	_, err := tx.Later(ctx, `DELETE FROM outbox WHERE workspace = $1 AND message IN (`+list(2, len(messages))+`)`, append([]any{workspace}, messages...)...)
	return err
}

// Find returns the conversation with a contact on a number.
func (s Inbox) Find(ctx context.Context, n wa.NumberRef, contact wa.Identity) (conversation, contactID string, ok bool, err error) {
	err = s.DB.Read(ctx, n.Workspace, func(tx *Tx) error {
		g, err := lookUp(ctx, tx, n.Workspace, n.ID, contact)
		for _, p := range []*place{g.byLID, g.byPhone} {
			if p != nil && p.conversation != "" {
				conversation, contactID, ok = p.conversation, p.contact.id, true
				return err
			}
		}
		return err
	})
	return conversation, contactID, ok, err
}

// Sent returns an outgoing message by its WhatsApp id.
func (s Inbox) Sent(ctx context.Context, n wa.NumberRef, waID string) (out wa.Outgoing, ok bool, err error) {
	err = s.DB.Read(ctx, n.Workspace, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM messages WHERE workspace = $1 AND number = $2 AND wa_id = $3 AND from_me = 1 LIMIT 1`, n.Workspace, n.ID, waID)
		if err != nil {
			return err
		}
		found, err := scanTexts(rows)
		if err != nil || len(found) == 0 {
			return err
		}
		out, err = outgoing(ctx, tx, n.Workspace, found[0])
		ok = err == nil
		return err
	})
	return out, ok, err
}
