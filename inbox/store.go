package inbox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/wa"
)

// Store is what the inbox needs of the database; package store implements it. Every method is one transaction.
type Store interface {
	// Receive stores a message with its contact, conversation and events; false means that it was there already.
	Receive(ctx context.Context, n wa.NumberRef, m wa.Incoming) (bool, error)
	// ReceiveHistory stores what is new of older messages with one contact, without events and unread marks.
	ReceiveHistory(ctx context.Context, n wa.NumberRef, past []wa.Incoming) error
	// Advance moves our messages to the contact forward to status, with an event each.
	Advance(ctx context.Context, n wa.NumberRef, contact wa.Identity, ids []string, status event.Status) error
	// Learn joins identities and takes push names of known people.
	Learn(ctx context.Context, workspace string, people []wa.Person) error
	// Find returns the conversation with a contact on a number.
	Find(ctx context.Context, n wa.NumberRef, contact wa.Identity) (conversation, contactID string, ok bool, err error)
	// Sent returns an outgoing message by WhatsApp id.
	Sent(ctx context.Context, n wa.NumberRef, waID string) (wa.Outgoing, bool, error)
	// Read clears unread up to a message (empty: all) and returns the contact's messages that this made read.
	Read(ctx context.Context, workspace, conversation, upTo string) (Read, error)
	// ReadElsewhere clears unread up to the newest of the contact's messages; unknown ids change nothing.
	ReadElsewhere(ctx context.Context, n wa.NumberRef, contact wa.Identity, ids []string) (Read, error)

	Conversations(ctx context.Context, workspace string, f Filter, p page.Request) (page.Page[Conversation], error)
	Conversation(ctx context.Context, workspace, id string) (Conversation, error)
	SetConversationMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) error
	Messages(ctx context.Context, workspace, conversation string, p page.Request) (page.Page[event.Message], error)
	Message(ctx context.Context, workspace, id string) (event.Message, error)
	SetMessageMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) error
	Contacts(ctx context.Context, workspace, query string, p page.Request) (page.Page[event.Contact], error)
	Contact(ctx context.Context, workspace, id string) (event.Contact, error)
	ChangeContact(ctx context.Context, workspace, id string, c ContactChange) (event.Contact, error)
	Overview(ctx context.Context, workspace string, now time.Time) (Overview, error)
}

// Read is what marking a conversation read has changed.
type Read struct {
	Conversation string
	Number       string
	Contact      wa.Identity
	// Messages are the WhatsApp ids that were unread, newest first, at most 100.
	Messages []string
	Unread   int
	// Changed is false when everything was read already.
	Changed bool
}
