package web

import (
	"context"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/sapa-chat/sapa/wa"
)

// takeAbout keeps what a part says besides messages: who is who, names, tokens, and what whatsmeow keeps of it itself when it
// reads a history (message.go, DownloadHistorySync).
func (c *conn) takeAbout(ctx context.Context, about *waHistorySync.HistorySync, chats []*waHistorySync.Conversation) error {
	if salt := about.GetNctSalt(); len(salt) > 0 {
		if err := c.lids.PutNCTSalt(ctx, salt); err != nil {
			return err
		}
	}
	var pairs []store.LIDMapping
	for _, m := range about.GetPhoneNumberToLidMappings() {
		pairs = appendPair(pairs, m.GetPnJID(), m.GetLidJID())
	}
	for _, chat := range chats {
		pairs = appendPair(pairs, chat.GetPnJID(), chat.GetLidJID())
	}
	if err := c.lids.PutManyLIDMappings(ctx, pairs); err != nil {
		return err
	}
	if err := c.takeTokens(ctx, chats); err != nil {
		return err
	}
	if err := c.takeSettings(ctx, about); err != nil {
		return err
	}
	return c.takeNames(ctx, about)
}

func appendPair(pairs []store.LIDMapping, phone, lid string) []store.LIDMapping {
	pn, err := types.ParseJID(phone)
	if err != nil {
		return pairs
	}
	if pn.Server == types.LegacyUserServer {
		pn.Server = types.DefaultUserServer
	}
	hidden, err := types.ParseJID(lid)
	if err != nil || pn.Server != types.DefaultUserServer || hidden.Server != types.HiddenUserServer {
		return pairs
	}
	return append(pairs, store.LIDMapping{PN: pn, LID: hidden})
}

func (c *conn) takeTokens(ctx context.Context, chats []*waHistorySync.Conversation) error {
	var tokens []store.PrivacyToken
	for _, chat := range chats {
		jid, err := types.ParseJID(chat.GetID())
		if err != nil || !isPerson(jid) || len(chat.GetTcToken()) == 0 {
			continue
		}
		if lid, err := types.ParseJID(chat.GetLidJID()); err == nil && lid.Server == types.HiddenUserServer {
			jid = lid
		}
		token := store.PrivacyToken{User: jid, Token: chat.GetTcToken(), Timestamp: time.Unix(int64(chat.GetTcTokenTimestamp()), 0)}
		if sent := chat.GetTcTokenSenderTimestamp(); sent != 0 {
			token.SenderTimestamp = time.Unix(int64(sent), 0)
		}
		tokens = append(tokens, token)
	}
	if len(tokens) == 0 {
		return nil
	}
	return c.lids.PutPrivacyTokens(ctx, tokens...)
}

func (c *conn) takeSettings(ctx context.Context, about *waHistorySync.HistorySync) error {
	device, changed := c.client.Store, false
	if at := about.GetGlobalSettings().GetChatDbLidMigrationTimestamp(); device.LIDMigrationTimestamp == 0 && at > 0 {
		device.LIDMigrationTimestamp, changed = at, true
	}
	if nonce := about.GetCompanionMetaNonce(); nonce != "" && nonce != device.CompanionMetaNonce {
		device.CompanionMetaNonce, changed = nonce, true
	}
	if !changed {
		return nil
	}
	return device.Save(ctx)
}

func (c *conn) takeNames(ctx context.Context, about *waHistorySync.HistorySync) error {
	var people []wa.Person
	for _, p := range about.GetPushnames() {
		if jid, err := types.ParseJID(p.GetID()); err == nil && isPerson(jid) && p.GetPushname() != "" {
			people = append(people, wa.Person{Identity: c.identity(jid, types.EmptyJID), PushName: p.GetPushname()})
		}
	}
	if len(people) == 0 {
		return nil
	}
	return c.to.Learned(ctx, c.number, people)
}

// takeChats hands on the messages, chat by chat, the oldest first.
func (c *conn) takeChats(ctx context.Context, p past, chats []*waHistorySync.Conversation) error {
	at, open := -1, chatPast{}
	err := p.messages(func(i int, m *waHistorySync.HistorySyncMsg) error {
		if i != at {
			if err := c.takeChat(ctx, open); err != nil {
				return err
			}
			at, open = i, chatPast{keep: c.link.p.history}
			open.jid, open.person = partner(chats[i])
			open.with = wa.Person{Identity: c.identity(open.jid, types.EmptyJID), PushName: chats[i].GetName()}
		}
		if open.person {
			c.collect(&open, m)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return c.takeChat(ctx, open)
}

// partner is the other side of a chat; false for a group or a broadcast list.
func partner(chat *waHistorySync.Conversation) (types.JID, bool) {
	jid, err := types.ParseJID(chat.GetID())
	return jid, err == nil && isPerson(jid)
}

// chatPast is what one part holds of one chat: the newest keep messages of it. Phones write the newest first; the order of
// messages of the same second is taken from whichever way they do it.
type chatPast struct {
	jid    types.JID
	with   wa.Person
	person bool
	keep   int
	all    []placed
	count  int
	rising bool // the oldest came first
}

// placed is a message with its place in the part.
type placed struct {
	wa.Incoming
	at int
}

func (c *conn) collect(chat *chatPast, m *waHistorySync.HistorySyncMsg) {
	parsed, err := c.client.ParseWebMessage(chat.jid, m.GetMessage())
	if err != nil {
		return
	}
	in, ok := c.said(parsed, chat.with)
	if ok {
		chat.add(in)
	}
}

// add keeps a message if it is among the newest.
func (chat *chatPast) add(m wa.Incoming) {
	if n := len(chat.all); n > 0 && chat.count == n {
		chat.rising = chat.rising || m.Time.After(chat.all[0].Time)
	}
	chat.count++
	chat.all = append(chat.all, placed{m, chat.count})
	if len(chat.all) > 2*chat.keep {
		chat.all = append(chat.all[:0], chat.newest()...)
	}
}

// newest puts the kept messages in order, the oldest first.
func (chat *chatPast) newest() []placed {
	slices.SortFunc(chat.all, func(a, b placed) int {
		if order := a.Time.Compare(b.Time); order != 0 {
			return order
		}
		if chat.rising {
			return a.at - b.at
		}
		return b.at - a.at
	})
	return chat.all[max(0, len(chat.all)-chat.keep):]
}

// takeChat stores what was collected of a chat, and after each batch leaves the database to others for as long as it took.
func (c *conn) takeChat(ctx context.Context, chat chatPast) error {
	for part := range slices.Chunk(chat.newest(), historyBatch) {
		batch := make([]wa.Incoming, len(part))
		for i, m := range part {
			batch[i] = m.Incoming
		}
		begun := time.Now()
		if err := c.to.History(ctx, c.number, batch); err != nil {
			return err
		}
		if !rest(ctx, time.Since(begun)) {
			return ctx.Err()
		}
	}
	return nil
}
