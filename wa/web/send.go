package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// Send implements [wa.Link].
func (l *Link) Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error) {
	c := l.current()
	if c == nil || !c.ready.Load() {
		return wa.Sent{}, &wa.SendError{Outcome: wa.NotSent, Err: errNotConnected}
	}
	to, err := c.recipient(ctx, m.To)
	if err != nil {
		return wa.Sent{}, err
	}
	sent, err := c.send(ctx, to, m)
	if wa.CodeOf(err) == "479" { // a stanza refused for a stale mapping: once more, with the same id
		sent, err = c.send(ctx, to, m)
	}
	if wa.OutcomeOf(err) == wa.Locked {
		c.tell(wa.Signal{Kind: wa.SignalReachoutRefused, Code: wa.CodeOf(err), Person: wa.Person{Identity: c.identity(to, types.EmptyJID)}})
	}
	return sent, err
}

func (c *conn) send(ctx context.Context, to types.JID, m wa.Outgoing) (wa.Sent, error) {
	ctx, end := c.ring.turns.encrypting(ctx)
	defer end()
	r, err := c.client.SendMessage(ctx, to, c.build(m), whatsmeow.SendRequestExtra{ID: m.ID, Timeout: wa.SendTimeout})
	if err != nil {
		return wa.Sent{}, sendError(err)
	}
	return wa.Sent{Time: r.Timestamp.UTC(), To: c.identity(to, types.EmptyJID)}, nil
}

// recipient finds where a message goes: a LID, which is what WhatsApp sends to since July 2026, or the phone of an account without one.
func (c *conn) recipient(ctx context.Context, to wa.Identity) (types.JID, error) {
	pn := types.NewJID(to.Phone.Digits(), types.DefaultUserServer)
	if to.LID != "" {
		lid := types.NewJID(string(to.LID), types.HiddenUserServer)
		if to.Phone != "" { // the sender may know what this device has not met yet
			if err := c.lids.PutLIDMapping(ctx, lid, pn); err != nil {
				return lid, &wa.SendError{Outcome: wa.NotSent, Err: err}
			}
		}
		return lid, nil
	}
	lid, err := c.lids.GetLIDForPN(ctx, pn)
	if err != nil {
		return pn, &wa.SendError{Outcome: wa.NotSent, Err: err}
	} else if !lid.IsEmpty() {
		return lid, nil
	}
	found, ok, err := c.lookup(ctx, to.Phone)
	switch {
	case err != nil:
		return pn, &wa.SendError{Outcome: wa.NotSent, Err: err}
	case !ok:
		return pn, &wa.SendError{Outcome: wa.NoAccount, Err: fault.Errorf(fault.Invalid, "this phone number is not on WhatsApp").Because("no_account")}
	case found.LID != "":
		return types.NewJID(string(found.LID), types.HiddenUserServer), nil
	}
	return pn, nil
}

// Lookup implements [wa.Link].
func (l *Link) Lookup(ctx context.Context, phone wa.Phone) (wa.Identity, bool, error) {
	c := l.current()
	if c == nil || !c.ready.Load() {
		return wa.Identity{}, false, errNotConnected
	}
	return c.lookup(ctx, phone)
}

func (c *conn) lookup(ctx context.Context, phone wa.Phone) (wa.Identity, bool, error) {
	found, err := c.client.IsOnWhatsApp(ctx, []string{"+" + phone.Digits()})
	if err != nil {
		return wa.Identity{}, false, fmt.Errorf("look up a phone: %w", err)
	}
	for _, f := range found {
		if f.IsIn {
			id := c.identity(f.JID, f.PhoneNumber)
			if id.Phone == "" {
				id.Phone = phone
			}
			return id, true, nil
		}
	}
	return wa.Identity{}, false, nil
}

// build makes WhatsApp's message.
func (c *conn) build(m wa.Outgoing) *waE2E.Message {
	if m.Quoted == nil {
		return &waE2E.Message{Conversation: proto.String(m.Text)}
	}
	author := c.jid(m.Quoted.Sender)
	if m.Quoted.FromMe {
		author = c.client.Store.GetLID().ToNonAD()
	}
	return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
		Text: proto.String(m.Text),
		ContextInfo: &waE2E.ContextInfo{
			StanzaID: proto.String(m.Quoted.ID), Participant: proto.String(author.String()),
			QuotedMessage: &waE2E.Message{Conversation: proto.String(m.Quoted.Text)},
		},
	}}
}

// jid is how WhatsApp writes an identity, the LID first.
func (c *conn) jid(id wa.Identity) types.JID {
	if id.LID == "" {
		id = c.identity(types.NewJID(id.Phone.Digits(), types.DefaultUserServer), types.EmptyJID)
	}
	if id.LID != "" {
		return types.NewJID(string(id.LID), types.HiddenUserServer)
	}
	return types.NewJID(id.Phone.Digits(), types.DefaultUserServer)
}

// sentBefore finds a sent message that a recipient could not decrypt.
func (c *conn) sentBefore(_, _ types.JID, id types.MessageID) *waE2E.Message {
	m, ok, err := c.to.SentText(c.ctx, c.number, id)
	if err != nil {
		c.fail(fmt.Errorf("look for a sent message: %w", err))
		return nil
	}
	if !ok {
		return nil
	}
	return c.build(m)
}

var serverCode = regexp.MustCompile(`server returned error (\d+)`)

// sendError sorts what SendMessage says (whatsmeow send.go, errors.go; the codes: docs/protocol/whatsapp-web-client.md).
func sendError(err error) error {
	if match := serverCode.FindStringSubmatch(err.Error()); match != nil && errors.Is(err, whatsmeow.ErrServerReturnedError) {
		return &wa.SendError{Outcome: codeOutcome(match[1]), Code: match[1], Err: err}
	}
	switch {
	case errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, whatsmeow.ErrNotLoggedIn):
		return &wa.SendError{Outcome: wa.NotSent, Err: err}
	case noLID.MatchString(err.Error()):
		return &wa.SendError{Outcome: wa.NoAccount, Err: err}
	default:
		return &wa.SendError{Outcome: wa.Unclear, Err: err}
	}
}

var noLID = regexp.MustCompile(`no LID found for .* from server`)

func codeOutcome(code string) wa.Outcome {
	switch code {
	case "463":
		return wa.Locked
	case "429", "500", "503":
		return wa.NotSent
	default:
		return wa.Rejected
	}
}

// MarkRead implements [wa.Link].
func (l *Link) MarkRead(ctx context.Context, contact wa.Identity, ids []string) error {
	c := l.current()
	if c == nil || !c.ready.Load() {
		return errNotConnected
	}
	return offline(c.client.MarkRead(ctx, ids, l.p.clock.Now(), c.jid(contact), types.EmptyJID))
}

// SetTyping implements [wa.Link].
func (l *Link) SetTyping(ctx context.Context, contact wa.Identity, on bool) error {
	c := l.current()
	if c == nil || !c.ready.Load() {
		return errNotConnected
	}
	state := types.ChatPresencePaused
	if on {
		state = types.ChatPresenceComposing
	}
	return offline(c.client.SendChatPresence(ctx, c.jid(contact), state, types.ChatPresenceMediaText))
}

// Probe implements [wa.Link] with the ping of a keepalive.
func (l *Link) Probe(ctx context.Context) error {
	c := l.current()
	if c == nil {
		return errNotConnected
	}
	//lint:ignore SA1019 whatsmeow has no public ping, and a probe must be a question of its own
	_, err := c.client.DangerousInternals().SendIQ(ctx, whatsmeow.DangerousInfoQuery{
		Namespace: "w:p", Type: "get", To: types.ServerJID, Timeout: whatsmeow.KeepAliveResponseDeadline, NoRetry: true,
	})
	return err
}

// PairCode implements [wa.Link].
func (l *Link) PairCode(ctx context.Context, phone wa.Phone) (string, error) {
	c := l.current()
	if c == nil {
		return "", errNotConnected
	}
	// The name must be a browser and a system that WhatsApp knows, or it answers 400 (whatsmeow pair-code.go).
	code, err := c.client.PairPhone(ctx, phone.Digits(), true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		return "", fmt.Errorf("ask for a pairing code: %w", err)
	}
	return code, nil
}

// AnswerPasskey implements [wa.Link].
func (l *Link) AnswerPasskey(ctx context.Context, response json.RawMessage) error {
	c := l.current()
	if c == nil {
		return errNotConnected
	}
	var r types.WebAuthnResponse
	if err := json.Unmarshal(response, &r); err != nil || len(r.RawID) == 0 {
		return fault.Errorf(fault.Invalid, "this is not the answer of a passkey").Because("passkey_malformed").On("response")
	}
	return c.client.SendPasskeyResponse(ctx, &r)
}

// ConfirmPasskey implements [wa.Link].
func (l *Link) ConfirmPasskey(ctx context.Context) error {
	c := l.current()
	if c == nil {
		return errNotConnected
	}
	return c.client.SendPasskeyConfirmation(ctx)
}
