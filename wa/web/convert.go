package web

import (
	"fmt"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/wa"
)

func eventName(evt any) string { return fmt.Sprintf("%T", evt) }

// message hands a message on. Groups, status updates and newsletters are acknowledged and left alone for now.
func (c *conn) message(e *events.Message) error {
	if e.Message.GetProtocolMessage().GetHistorySyncNotification() != nil {
		return c.noteHistory(e)
	}
	m, ok := c.incoming(e)
	if !ok {
		return nil
	}
	return c.to.Message(c.ctx, c.number, m)
}

// incoming converts a message of a 1:1 chat; ok is false when there is nothing to show.
func (c *conn) incoming(e *events.Message) (m wa.Incoming, ok bool) {
	info := e.Info
	if info.IsGroup || !isPerson(info.Chat) {
		return m, false
	}
	with := wa.Person{Identity: c.identity(info.Sender, info.SenderAlt), PushName: info.PushName}
	if info.IsFromMe {
		with = wa.Person{Identity: c.identity(info.Chat, info.RecipientAlt)}
	}
	return c.said(e, with)
}

// said converts a message of a chat with somebody.
func (c *conn) said(e *events.Message, with wa.Person) (m wa.Incoming, ok bool) {
	kind, text, ok := content(e.Message)
	if !ok {
		return m, false
	}
	if e.Info.PushName != "" && !e.Info.IsFromMe {
		with.PushName = e.Info.PushName
	}
	m = wa.Incoming{ID: e.Info.ID, Contact: with, FromMe: e.Info.IsFromMe, Time: e.Info.Timestamp.UTC(), Kind: kind, Text: text, Quoted: c.quote(e.Message)}
	return m, with.Known()
}

func isPerson(jid types.JID) bool {
	return jid.Server == types.DefaultUserServer || jid.Server == types.HiddenUserServer
}

// identity joins the names of one person; a missing one is looked up.
// A look-up that fails has ended the connection by then: what it was for comes again, and is joined then.
func (c *conn) identity(jid, alt types.JID) wa.Identity {
	var id wa.Identity
	for _, j := range []types.JID{jid, alt} {
		switch j.Server {
		case types.DefaultUserServer:
			id.Phone = wa.PhoneFromDigits(j.User)
		case types.HiddenUserServer:
			id.LID = wa.LID(j.User)
		}
	}
	switch {
	case id.LID != "" && id.Phone == "":
		if pn, err := c.lids.GetPNForLID(c.ctx, types.NewJID(string(id.LID), types.HiddenUserServer)); err == nil {
			id.Phone = wa.PhoneFromDigits(pn.User)
		}
	case id.Phone != "" && id.LID == "":
		if lid, err := c.lids.GetLIDForPN(c.ctx, types.NewJID(id.Phone.Digits(), types.DefaultUserServer)); err == nil {
			id.LID = wa.LID(lid.User)
		}
	}
	return id
}

// content reads a message's text, or says what it is when it cannot be shown yet; ok is false for what is no message to a person.
func content(m *waE2E.Message) (kind wa.Kind, text string, ok bool) {
	switch {
	case m.GetConversation() != "":
		return wa.KindText, m.GetConversation(), true
	case m.GetExtendedTextMessage() != nil:
		return wa.KindText, m.GetExtendedTextMessage().GetText(), true
	}
	if what := unsupported(m); what != "" {
		return wa.KindUnsupported, what, true
	}
	return "", "", false
}

// unsupported names a message that is not shown yet, with its caption.
func unsupported(m *waE2E.Message) string {
	caption := func(what, caption string) string {
		if caption == "" {
			return "[" + what + "]"
		}
		return "[" + what + "] " + caption
	}
	switch {
	case m.GetImageMessage() != nil:
		return caption("image", m.GetImageMessage().GetCaption())
	case m.GetVideoMessage() != nil:
		return caption("video", m.GetVideoMessage().GetCaption())
	case m.GetAudioMessage() != nil:
		return "[audio]"
	case m.GetDocumentMessage() != nil:
		return caption("document", m.GetDocumentMessage().GetFileName())
	case m.GetStickerMessage() != nil:
		return "[sticker]"
	case m.GetLocationMessage() != nil, m.GetLiveLocationMessage() != nil:
		return "[location]"
	case m.GetContactMessage() != nil:
		return caption("contact", m.GetContactMessage().GetDisplayName())
	case m.GetContactsArrayMessage() != nil:
		return "[contacts]"
	case m.GetPollCreationMessage() != nil, m.GetPollCreationMessageV2() != nil, m.GetPollCreationMessageV3() != nil:
		return "[poll]"
	default:
		return ""
	}
}

// quote reads what a message answers to.
func (c *conn) quote(m *waE2E.Message) *wa.Quote {
	about := m.GetExtendedTextMessage().GetContextInfo()
	if about.GetStanzaID() == "" {
		return nil
	}
	q := &wa.Quote{ID: about.GetStanzaID()}
	q.Text, _ = quotedText(about.GetQuotedMessage())
	if jid, err := types.ParseJID(about.GetParticipant()); err == nil && isPerson(jid) {
		q.Sender = c.identity(jid.ToNonAD(), types.EmptyJID)
		q.FromMe = jid.User == c.client.Store.GetJID().User || jid.User == c.client.Store.GetLID().User
	}
	return q
}

func quotedText(m *waE2E.Message) (string, bool) {
	_, text, ok := content(m)
	return text, ok
}

// receipt hands a receipt of a 1:1 chat on.
func (c *conn) receipt(e *events.Receipt) error {
	if e.IsGroup || !isPerson(e.Chat) {
		return nil
	}
	kind, ok := receiptKind(e)
	if !ok {
		return nil
	}
	r := wa.Receipt{IDs: e.MessageIDs, Kind: kind, Time: e.Timestamp.UTC()}
	if e.IsFromMe {
		r.Contact = c.identity(e.Chat, e.RecipientAlt)
	} else {
		r.Contact = c.identity(e.Sender, e.SenderAlt)
	}
	return c.to.Receipt(c.ctx, c.number, r)
}

func receiptKind(e *events.Receipt) (wa.ReceiptKind, bool) {
	if e.IsFromMe { // from the owner's other devices: only what they read matters
		return wa.ReceiptReadSelf, e.Type == types.ReceiptTypeReadSelf || e.Type == types.ReceiptTypeRead
	}
	switch e.Type {
	case types.ReceiptTypeDelivered, types.ReceiptTypeInactive:
		return wa.ReceiptDelivered, true
	case types.ReceiptTypeRead:
		return wa.ReceiptRead, true
	case types.ReceiptTypePlayed:
		return wa.ReceiptPlayed, true
	default:
		return "", false
	}
}

func (c *conn) typing(e *events.ChatPresence) {
	if e.IsGroup || e.IsFromMe || !isPerson(e.Chat) {
		return
	}
	c.to.Typing(c.ctx, c.number, wa.Typing{Contact: c.identity(e.Sender, e.SenderAlt), Composing: e.State == types.ChatPresenceComposing})
}
