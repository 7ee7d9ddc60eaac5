package inbox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/wa"
)

// Conversation is the thread of one contact on one number.
type Conversation struct {
	ID      string        `json:"id"`
	Number  string        `json:"number"`
	Contact event.Contact `json:"contact"`
	// LastMessage is nil while the conversation is empty.
	LastMessage  *event.Message `json:"last_message"`
	LastActivity time.Time      `json:"last_activity"`
	// Unread counts the contact's messages that nobody here or on the phone has read.
	Unread   int             `json:"unread"`
	Owner    Owner           `json:"owner"`
	Metadata json.RawMessage `json:"metadata"`
}

// Owner is who answers a conversation now.
type Owner string

// The owners.
const (
	OwnerNobody    Owner = "nobody"
	OwnerHuman     Owner = "human"
	OwnerAssistant Owner = "assistant"
)

// Filter narrows a list of conversations; its zero value is all of them.
type Filter struct {
	// Number keeps those on one number.
	Number string
	// Unread keeps those with something unread.
	Unread bool
	// Query keeps those whose contact's name or phone contains it, or whose last message begins with it. Letter case does not count.
	Query string
}

// Conversations lists a workspace's conversations, latest activity first.
func (s *Service) Conversations(ctx context.Context, workspace string, f Filter, p page.Request) (page.Page[Conversation], error) {
	return s.store.Conversations(ctx, workspace, f, p)
}

// Conversation returns one. An id that was merged away leads to what remains. Fault NotFound.
func (s *Service) Conversation(ctx context.Context, workspace, id string) (Conversation, error) {
	return s.store.Conversation(ctx, workspace, id)
}

// SetConversationMetadata replaces the metadata. Faults NotFound, Invalid, TooLarge.
func (s *Service) SetConversationMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) (Conversation, error) {
	if err := event.CheckMetadata(metadata); err != nil {
		return Conversation{}, err
	}
	if err := s.store.SetConversationMetadata(ctx, workspace, id, object(metadata)); err != nil {
		return Conversation{}, err
	}
	return s.store.Conversation(ctx, workspace, id)
}

// Messages lists a conversation's messages, newest first. Fault NotFound.
func (s *Service) Messages(ctx context.Context, workspace, conversation string, p page.Request) (page.Page[event.Message], error) {
	return s.store.Messages(ctx, workspace, conversation, p)
}

// MessageByID returns one message. Fault NotFound.
func (s *Service) MessageByID(ctx context.Context, workspace, id string) (event.Message, error) {
	return s.store.Message(ctx, workspace, id)
}

// SetMessageMetadata replaces the metadata. Faults NotFound, Invalid, TooLarge.
func (s *Service) SetMessageMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) (event.Message, error) {
	if err := event.CheckMetadata(metadata); err != nil {
		return event.Message{}, err
	}
	if err := s.store.SetMessageMetadata(ctx, workspace, id, object(metadata)); err != nil {
		return event.Message{}, err
	}
	return s.store.Message(ctx, workspace, id)
}

// MarkRead clears the unread count up to a message (empty: all) and sends read receipts where the number is connected.
// Fault NotFound. A receipt that cannot be sent is no error.
func (s *Service) MarkRead(ctx context.Context, workspace, conversation, upTo string) (Conversation, error) {
	read, err := s.store.Read(ctx, workspace, conversation, upTo)
	if err != nil {
		return Conversation{}, err
	}
	if read.Changed {
		s.publishRead(ctx, workspace, read)
		s.sendReceipts(ctx, workspace, read)
	}
	return s.store.Conversation(ctx, workspace, read.Conversation)
}

// SetTyping shows or hides "typing…" at the contact. Faults NotFound; Unavailable or Conflict while the number is not connected.
func (s *Service) SetTyping(ctx context.Context, workspace, conversation string, on bool) error {
	v, err := s.store.Conversation(ctx, workspace, conversation)
	if err != nil || s.links == nil {
		return err
	}
	return s.links.SetTyping(ctx, workspace, v.Number, wa.Identity{Phone: v.Contact.Phone, LID: v.Contact.LID}, on)
}

// receiptTimeout is how long a person waits for WhatsApp when they open a conversation.
const receiptTimeout = 3 * time.Second

// sendReceipts tells the contact. The conversation is read here whether they learn of it or not.
func (s *Service) sendReceipts(ctx context.Context, workspace string, r Read) {
	if s.links == nil || len(r.Messages) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, receiptTimeout)
	defer cancel()
	if err := s.links.MarkRead(ctx, workspace, r.Number, r.Contact, r.Messages); err != nil {
		s.log.Info("read receipts were not sent", "number", r.Number, "error", err)
	}
}

// object is metadata as it is stored: an empty object when there is none.
func object(metadata json.RawMessage) json.RawMessage {
	if metadata == nil {
		return json.RawMessage("{}")
	}
	return metadata
}
