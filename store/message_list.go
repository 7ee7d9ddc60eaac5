package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/page"
)

// Messages lists a conversation's messages, newest first.
func (s Inbox) Messages(ctx context.Context, workspace, conversation string, p page.Request) (out page.Page[event.Message], err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		v, err := getConversation(ctx, tx, workspace, conversation)
		if err != nil {
			return err
		}
		var q query
		q.and("workspace = %s", workspace)
		q.and("conversation = %s", v.ID)
		if p.Cursor != "" {
			at, id, err := parseCursor(p.Cursor)
			if err != nil {
				return err
			}
			q.and("(position < %s OR (position = %s AND id < %s))", at, at, id)
		}
		rows, err := tx.Query(ctx, `SELECT `+messageColumns+` FROM messages`+q.conditions()+` ORDER BY position DESC, id DESC LIMIT `+strconv.Itoa(p.Size()+1), q.args...)
		if err != nil {
			return err
		}
		found, err := scanMessages(rows)
		if err != nil {
			return err
		}
		cut := page.Cut(found, p.Size(), func(m messageRow) string { return cursor(m.position, m.ID) })
		out = page.Page[event.Message]{Items: make([]event.Message, len(cut.Items)), Next: cut.Next}
		for i, m := range cut.Items {
			out.Items[i] = m.Message
		}
		return nil
	})
	return out, err
}

// Message returns one message.
func (s Inbox) Message(ctx context.Context, workspace, id string) (m event.Message, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		row, err := getMessage(ctx, tx, workspace, id)
		m = row.Message
		return err
	})
	return m, err
}

// Contacts lists contacts by id.
func (s Inbox) Contacts(ctx context.Context, workspace, text string, p page.Request) (out page.Page[event.Contact], err error) {
	var q query
	q.and("c.workspace = %s", workspace)
	if text != "" {
		q.and(`c.search LIKE %s ESCAPE '\'`, "%"+like(strings.ToLower(text))+"%")
	}
	if p.Cursor != "" {
		q.and("c.id > %s", p.Cursor)
	}
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+contactColumns+` FROM contacts c`+q.conditions()+` ORDER BY c.id LIMIT `+strconv.Itoa(p.Size()+1), q.args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		all := []event.Contact{}
		for rows.Next() {
			var c contactRow
			if err := rows.Scan(c.fields()...); err != nil {
				return err
			}
			all = append(all, c.contact())
		}
		out = page.Cut(all, p.Size(), func(c event.Contact) string { return c.ID })
		return rows.Err()
	})
	return out, err
}

// Contact returns one contact.
func (s Inbox) Contact(ctx context.Context, workspace, id string) (c event.Contact, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		row, err := getContact(ctx, tx, workspace, id)
		c = row.contact()
		return err
	})
	return c, err
}
