package store

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/page"
)

// hour is in milliseconds.
const hour = int64(time.Hour / time.Millisecond)

// Overview counts a workspace's last 24 hours and lists what is unread.
func (s Inbox) Overview(ctx context.Context, workspace string, now time.Time) (o inbox.Overview, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		if o, err = countHours(ctx, tx, workspace, now); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM conversations WHERE workspace = $1 AND unread > 0`, workspace).Scan(&o.Unread); err != nil {
			return err
		}
		query, args, err := conversationQuery(workspace, inbox.Filter{Unread: true}, page.Request{Limit: 5})
		if err != nil {
			return err
		}
		rows, err := listConversations(ctx, tx, query, args)
		if err != nil {
			return err
		}
		rows = page.Cut(rows, 5, func(conversationRow) string { return "" }).Items
		if err := addLastMessages(ctx, tx, workspace, rows); err != nil {
			return err
		}
		o.Waiting = make([]inbox.Conversation, len(rows))
		for i, v := range rows {
			o.Waiting[i] = v.Conversation
		}
		return nil
	})
	return o, err
}

func countHours(ctx context.Context, tx *Tx, workspace string, now time.Time) (inbox.Overview, error) {
	o := inbox.Overview{Hours: make([]inbox.Hour, 24)}
	last := clock.Millis(now) / hour
	for i := range o.Hours {
		o.Hours[i].Hour = clock.FromMillis((last - 23 + int64(i)) * hour)
	}
	rows, err := tx.Query(ctx, `SELECT position / 3600000, from_me, count(*) FROM messages WHERE workspace = $1 AND position >= $2 AND position < $3
		GROUP BY position / 3600000, from_me`, workspace, (last-23)*hour, (last+1)*hour)
	if err != nil {
		return o, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var at, fromMe int64
		var count int
		if err := rows.Scan(&at, &fromMe, &count); err != nil {
			return o, err
		}
		h := &o.Hours[at-last+23]
		if fromMe == 1 {
			h.Out += count
			o.Out24h += count
		} else {
			h.In += count
			o.In24h += count
		}
	}
	return o, rows.Err()
}
