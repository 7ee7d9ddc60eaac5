// Package event is the vocabulary of events and the contract of their log.
//
// An event is a fact, written in the transaction that made it true. A sequencer
// stamps it afterwards with a number per workspace (Seq) and a global position;
// only stamped events are visible. Consumers read in order, at least once.
// It does not deliver anything itself: the pump feeds consumers, and nobody here knows who listens.
package event

import (
	"context"
	"encoding/json"
	"time"
)

// Type names what happened. The names are API: they never change their meaning.
type Type string

// The types of the log.
const (
	NumberCreated Type = "number.created"
	NumberUpdated Type = "number.updated"
	NumberState   Type = "number.state"
	NumberDeleted Type = "number.deleted"

	MessageReceived  Type = "message.received"
	MessageQueued    Type = "message.queued"
	MessageSent      Type = "message.sent"
	MessageDelivered Type = "message.delivered"
	MessageRead      Type = "message.read"
	MessagePlayed    Type = "message.played"
	MessageFailed    Type = "message.failed"
	MessageUnknown   Type = "message.unknown"

	ConversationOpened Type = "conversation.opened"

	ContactCreated Type = "contact.created"
	ContactUpdated Type = "contact.updated"
	ContactMerged  Type = "contact.merged"

	AlertFired   Type = "alert.fired"
	AlertCleared Type = "alert.cleared"
)

// The live-only types: never stored, without Seq; a missed one is fetched again.
const (
	NumberQR           Type = "number.qr"
	NumberPairing      Type = "number.pairing"
	ConversationTyping Type = "conversation.typing"
	// ConversationRead tells other screens that the unread count of a conversation changed.
	ConversationRead Type = "conversation.read"
)

// Installation is the reserved workspace of events that concern the whole installation.
const Installation = "installation"

// Draft is an event about to be written with the change that makes it true.
type Draft struct {
	Type         Type
	Number       string
	Conversation string
	// Data is encoded as JSON when the draft is written.
	Data any
}

// Envelope is an event as every reader gets it: API, webhooks and realtime carry the same.
type Envelope struct {
	// ID is a ULID, never reused.
	ID string `json:"id"`
	// Seq counts from 1 per workspace without gaps; 0 on live-only events.
	Seq          int64           `json:"seq,omitempty"`
	Type         Type            `json:"type"`
	Time         time.Time       `json:"time"`
	Workspace    string          `json:"workspace"`
	Number       string          `json:"number,omitempty"`
	Conversation string          `json:"conversation,omitempty"`
	Data         json.RawMessage `json:"data"`
	// Position orders all events of the installation; it is the pump's and not part of the API.
	Position int64 `json:"-"`
}

// Consumer takes events from the pump in order of position, at least once: Consume returns nil when the whole batch is done with.
type Consumer interface {
	// Name keys the consumer's cursor; it never changes.
	Name() string
	Consume(ctx context.Context, batch []Envelope) error
}

// Forgetful is a consumer for whom what it has missed is of no use, as for live pages, which fetch what they lack. When it
// fell behind the oldest event kept, the pump lets it go on behind the newest.
type Forgetful interface{ Forgets() }

// Live carries live-only events to whoever listens now. It may lose anything.
type Live interface {
	Publish(ctx context.Context, e Envelope)
}
