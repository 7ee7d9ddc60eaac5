package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/page"
)

// conversationRow is a conversation with what only the database needs to know.
type conversationRow struct {
	inbox.Conversation
	lastMessage  string
	lastActivity int64
}

const conversationColumns = `v.id, v.number, v.owner, v.unread, v.last_message, v.last_activity, v.metadata, ` + contactColumns

const conversationTables = ` FROM conversations v JOIN contacts c ON c.workspace = v.workspace AND c.id = v.contact`

func scanConversation(row scanner) (conversationRow, error) {
	var v conversationRow
	var c contactRow
	var metadata string
	err := row.Scan(append([]any{&v.ID, &v.Number, &v.Owner, &v.Unread, &v.lastMessage, &v.lastActivity, &metadata}, c.fields()...)...)
	v.Contact, v.LastActivity, v.Metadata = c.contact(), clock.FromMillis(v.lastActivity), json.RawMessage(metadata)
	return v, err
}

// getConversation reads one conversation without its last message, following merges, or fault NotFound.
func getConversation(ctx context.Context, tx *Tx, workspace, id string) (conversationRow, error) {
	get := func(id string) (conversationRow, error) {
		return scanConversation(tx.QueryRow(ctx, `SELECT `+conversationColumns+conversationTables+` WHERE v.workspace = $1 AND v.id = $2`, workspace, id))
	}
	v, err := get(id)
	if IsMissing(err) {
		var into string
		if into, err = mergedInto(ctx, tx, workspace, id); err == nil {
			v, err = get(into)
		}
	}
	if IsMissing(err) {
		return v, fault.Errorf(fault.NotFound, "no conversation %s", id)
	}
	return v, err
}

// Conversation returns one with its last message.
func (s Inbox) Conversation(ctx context.Context, workspace, id string) (v inbox.Conversation, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		row, err := getConversation(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		all := []conversationRow{row}
		err = addLastMessages(ctx, tx, workspace, all)
		v = all[0].Conversation
		return err
	})
	return v, err
}

// Conversations lists them, latest activity first.
func (s Inbox) Conversations(ctx context.Context, workspace string, f inbox.Filter, p page.Request) (out page.Page[inbox.Conversation], err error) {
	query, args, err := conversationQuery(workspace, f, p)
	if err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		rows, err := listConversations(ctx, tx, query, args)
		if err != nil {
			return err
		}
		cut := page.Cut(rows, p.Size(), func(v conversationRow) string { return cursor(v.lastActivity, v.ID) })
		if err := addLastMessages(ctx, tx, workspace, cut.Items); err != nil {
			return err
		}
		out = page.Page[inbox.Conversation]{Items: make([]inbox.Conversation, len(cut.Items)), Next: cut.Next}
		for i, v := range cut.Items {
			out.Items[i] = v.Conversation
		}
		return nil
	})
	return out, err
}

func conversationQuery(workspace string, f inbox.Filter, p page.Request) (string, []any, error) {
	var q query
	q.and("v.workspace = %s", workspace)
	tables := conversationTables
	if f.Number != "" {
		q.and("v.number = %s", f.Number)
	}
	if f.Unread {
		q.and("v.unread > 0")
	}
	if f.Query != "" {
		text := strings.ToLower(f.Query)
		tables += ` LEFT JOIN messages m ON m.workspace = v.workspace AND m.id = v.last_message`
		q.and(`(c.search LIKE %s ESCAPE '\' OR lower(m.text) LIKE %s ESCAPE '\')`, "%"+like(text)+"%", like(text)+"%")
	}
	if p.Cursor != "" {
		at, id, err := parseCursor(p.Cursor)
		if err != nil {
			return "", nil, err
		}
		q.and("(v.last_activity < %s OR (v.last_activity = %s AND v.id < %s))", at, at, id)
	}
	return `SELECT ` + conversationColumns + tables + q.conditions() + ` ORDER BY v.last_activity DESC, v.id DESC LIMIT ` + strconv.Itoa(p.Size()+1), q.args, nil
}

func listConversations(ctx context.Context, tx *Tx, query string, args []any) ([]conversationRow, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanConversations(rows)
}

func scanConversations(rows Rows) ([]conversationRow, error) {
	defer func() { _ = rows.Close() }()
	var all []conversationRow
	for rows.Next() {
		v, err := scanConversation(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// addLastMessages fills in the last message of each, in one statement.
func addLastMessages(ctx context.Context, tx *Tx, workspace string, all []conversationRow) error {
	args := []any{workspace}
	for _, v := range all {
		if v.lastMessage != "" {
			args = append(args, v.lastMessage)
		}
	}
	if len(args) == 1 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT `+messageColumns+` FROM messages WHERE workspace = $1 AND id IN (`+list(2, len(args)-1)+`)`, args...)
	if err != nil {
		return err
	}
	found, err := scanMessages(rows)
	if err != nil {
		return err
	}
	byID := make(map[string]*event.Message, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i].Message
	}
	for i := range all {
		all[i].LastMessage = byID[all[i].lastMessage]
	}
	return nil
}
