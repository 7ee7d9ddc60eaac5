package store

import (
	"context"
	"math"

	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// maxReceipts is how many messages one marking reports as read to the contact.
const maxReceipts = 100

// Read clears a conversation's unread count up to a message; upTo "" means all.
func (s Inbox) Read(ctx context.Context, workspace, conversation, upTo string) (r inbox.Read, err error) {
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		v, err := getConversation(ctx, tx, workspace, conversation)
		if err != nil {
			return err
		}
		position := int64(math.MaxInt64)
		if upTo != "" {
			m, err := getMessage(ctx, tx, workspace, upTo)
			if err != nil {
				return err
			}
			if m.Conversation != v.ID {
				return fault.Errorf(fault.NotFound, "no message %s in this conversation", upTo)
			}
			position = m.position
		}
		r = inbox.Read{Conversation: v.ID, Number: v.Number, Contact: wa.Identity{Phone: v.Contact.Phone, LID: v.Contact.LID}}
		return markRead(ctx, tx, workspace, position, &r)
	})
	return r, err
}

// ReadElsewhere clears unread up to the newest of the contact's messages, which the owner read on another device.
func (s Inbox) ReadElsewhere(ctx context.Context, n wa.NumberRef, contact wa.Identity, ids []string) (r inbox.Read, err error) {
	err = s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		r = inbox.Read{Number: n.ID, Contact: contact}
		var position int64
		args := append([]any{n.Workspace, n.ID, string(contact.Phone), string(contact.LID)}, texts(ids)...)
		err := tx.QueryRow(ctx, `SELECT conversation, position FROM messages WHERE workspace = $1 AND number = $2 AND from_me = 0
			AND wa_id IN (`+list(5, len(ids))+`)
			AND contact IN (SELECT contact FROM contact_identities WHERE workspace = $1 AND ((kind = 'phone' AND value = $3) OR (kind = 'lid' AND value = $4)))
			ORDER BY position DESC LIMIT 1`, args...).Scan(&r.Conversation, &position)
		if IsMissing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return markRead(ctx, tx, n.Workspace, position, &r)
	})
	return r, err
}

// markRead moves a conversation's reading mark to position and fills in what was unread until then.
func markRead(ctx context.Context, tx *Tx, workspace string, position int64, r *inbox.Read) error {
	var unread, from, last int64
	// Locks the row first, so that a message that arrives meanwhile is either counted or waits.
	if err := tx.QueryRow(ctx, `UPDATE conversations SET unread = unread WHERE workspace = $1 AND id = $2 RETURNING unread, read_position, last_activity`, workspace, r.Conversation).
		Scan(&unread, &from, &last); err != nil {
		return err
	}
	position = min(position, last)
	r.Unread = int(unread)
	if position <= from || unread == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT wa_id FROM messages WHERE workspace = $1 AND conversation = $2 AND from_me = 0 AND position > $3 AND position <= $4
		ORDER BY position DESC LIMIT $5`, workspace, r.Conversation, from, position, maxReceipts)
	if err != nil {
		return err
	}
	if r.Messages, err = scanTexts(rows); err != nil {
		return err
	}
	r.Changed = true
	return tx.QueryRow(ctx, `UPDATE conversations SET read_position = $3, unread = (SELECT count(*) FROM messages m WHERE m.workspace = $1 AND m.conversation = $2
		AND m.from_me = 0 AND m.position > $3) WHERE workspace = $1 AND id = $2 RETURNING unread`, workspace, r.Conversation, position).Scan(&r.Unread)
}
