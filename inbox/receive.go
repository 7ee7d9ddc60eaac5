package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/wa"
)

// Message stores a message that arrived, or that the owner wrote on the phone, and returns after the commit.
// A second arrival of the same message is a no-op. Any error means that nothing was stored.
func (s *Service) Message(ctx context.Context, n wa.NumberRef, m wa.Incoming) error {
	if m.ID == "" || !m.Contact.Known() {
		s.log.Warn("a message without id or contact was dropped", "number", n.ID)
		return nil
	}
	_, err := s.store.Receive(ctx, n, sanitize(m))
	if err != nil {
		return fmt.Errorf("inbox: receive: %w", err)
	}
	return nil
}

// historyAtOnce is how many older messages one transaction stores.
const historyAtOnce = 100

// History stores older messages of one chat: nothing of them is unread or an event, and what is there already stays. A long list
// takes several transactions: after an error it can be handed over again.
func (s *Service) History(ctx context.Context, n wa.NumberRef, past []wa.Incoming) error {
	clean := make([]wa.Incoming, 0, len(past))
	for _, m := range past {
		if m.ID != "" && m.Contact.Known() {
			clean = append(clean, sanitize(m))
		}
	}
	for some := range slices.Chunk(clean, historyAtOnce) {
		if err := s.store.ReceiveHistory(ctx, n, some); err != nil {
			return fmt.Errorf("inbox: history: %w", err)
		}
	}
	return nil
}

// statusOf is the state that a receipt brings its messages to.
var statusOf = map[wa.ReceiptKind]event.Status{
	wa.ReceiptDelivered: event.StatusDelivered,
	wa.ReceiptRead:      event.StatusRead,
	wa.ReceiptPlayed:    event.StatusPlayed,
}

// receiptsAtOnce is how many messages one transaction moves.
const receiptsAtOnce = 100

// Receipt moves messages forward to delivered, read or played, each with an event;
// read_self clears the conversation's unread count. Unknown ids are ignored. A long list
// takes several transactions: after an error the receipt comes again, and what has moved stays.
func (s *Service) Receipt(ctx context.Context, n wa.NumberRef, r wa.Receipt) error {
	if !r.Contact.Known() {
		return nil
	}
	for ids := r.IDs; len(ids) > 0; {
		some := ids[:min(len(ids), receiptsAtOnce)]
		ids = ids[len(some):]
		if err := s.receipt(ctx, n, r, some); err != nil {
			return fmt.Errorf("inbox: receipt: %w", err)
		}
	}
	return nil
}

func (s *Service) receipt(ctx context.Context, n wa.NumberRef, r wa.Receipt, ids []string) error {
	if status, ok := statusOf[r.Kind]; ok {
		return s.store.Advance(ctx, n, r.Contact, ids, status)
	}
	if r.Kind != wa.ReceiptReadSelf {
		return nil
	}
	read, err := s.store.ReadElsewhere(ctx, n, r.Contact, ids)
	if err == nil && read.Changed {
		s.publishRead(ctx, n.Workspace, read)
	}
	return err
}

// Typing publishes the contact's typing state live; a contact without a conversation is ignored.
func (s *Service) Typing(ctx context.Context, n wa.NumberRef, t wa.Typing) {
	if s.live == nil || !t.Contact.Known() {
		return
	}
	conversation, contact, ok, err := s.store.Find(ctx, n, t.Contact)
	if err != nil {
		s.log.Warn("a typing state was lost", "number", n.ID, "error", err)
		return
	}
	if ok {
		s.publish(ctx, n.Workspace, n.ID, conversation, event.ConversationTyping,
			event.TypingState{Conversation: conversation, Contact: contact, On: t.Composing})
	}
}

// Learned joins identities that belong together and takes push names. Only known people are changed: it creates nobody.
func (s *Service) Learned(ctx context.Context, n wa.NumberRef, people []wa.Person) error {
	if err := s.store.Learn(ctx, n.Workspace, people); err != nil {
		return fmt.Errorf("inbox: identities: %w", err)
	}
	return nil
}

// SentText returns an earlier outgoing message by its WhatsApp id, for a recipient who could not decrypt it.
func (s *Service) SentText(ctx context.Context, n wa.NumberRef, messageID string) (wa.Outgoing, bool, error) {
	out, ok, err := s.store.Sent(ctx, n, messageID)
	if err != nil {
		return out, false, fmt.Errorf("inbox: sent message: %w", err)
	}
	return out, ok, nil
}

func (s *Service) publishRead(ctx context.Context, workspace string, r Read) {
	s.publish(ctx, workspace, r.Number, r.Conversation, event.ConversationRead, event.ReadState{Conversation: r.Conversation, Unread: r.Unread})
}

// publish sends a live-only event to whoever listens.
func (s *Service) publish(ctx context.Context, workspace, number, conversation string, typ event.Type, data any) {
	if s.live == nil {
		return
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		s.log.Error("a live event could not be encoded", "type", typ, "error", err)
		return
	}
	s.live.Publish(ctx, event.Envelope{ID: id.New(), Type: typ, Time: s.clock.Now(), Workspace: workspace,
		Number: number, Conversation: conversation, Data: encoded})
}
