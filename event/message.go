package event

import (
	"encoding/json"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// Message is a message as everybody outside the database sees it: the data of every message.* event and the API's Message.
type Message struct {
	// ID is ours; WAID is WhatsApp's, chosen by the sender's client.
	ID           string    `json:"id"`
	Conversation string    `json:"conversation"`
	Number       string    `json:"number"`
	WAID         string    `json:"wa_id"`
	Direction    Direction `json:"direction"`
	Author       Author    `json:"author"`
	Kind         wa.Kind   `json:"kind"`
	Text         string    `json:"text"`
	Quoted       *Quoted   `json:"quoted"`
	Status       Status    `json:"status"`
	// Failure says why, when Status is failed or unknown.
	Failure *Failure `json:"failure"`
	// Time is WhatsApp's for a message that came in, and the moment of queueing for one of ours.
	Time time.Time `json:"time"`
	// ExpiresAt is when a message that is still waiting gives up; nil when nothing waits.
	ExpiresAt *time.Time      `json:"expires_at,omitempty"`
	Metadata  json.RawMessage `json:"metadata"`
	// ClientRef is the caller's own mark, returned as it came.
	ClientRef string `json:"client_ref,omitempty"`
}

// Direction tells whether a message came in or went out (also from the phone itself).
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Status says how far a message came. An outgoing message only moves forward:
// queued, sending, sent, delivered, read, played; or it ends in failed or unknown,
// which a later receipt or a person's retry may still settle.
type Status string

// The states.
const (
	StatusReceived  Status = "received"
	StatusQueued    Status = "queued"
	StatusSending   Status = "sending"
	StatusSent      Status = "sent"
	StatusDelivered Status = "delivered"
	StatusRead      Status = "read"
	StatusPlayed    Status = "played"
	StatusFailed    Status = "failed"
	StatusUnknown   Status = "unknown"
)

// AuthorKind says what sort of author wrote a message.
type AuthorKind string

// The kinds of author. AuthorPhone is the number's owner, writing on the phone itself.
const (
	AuthorContact   AuthorKind = "contact"
	AuthorPerson    AuthorKind = "person"
	AuthorAPIKey    AuthorKind = "api_key"
	AuthorAssistant AuthorKind = "assistant"
	AuthorCampaign  AuthorKind = "campaign"
	AuthorPhone     AuthorKind = "phone"
)

// Author is who wrote a message. ID is the contact's, person's, key's or campaign's; Name is what to show.
type Author struct {
	Kind AuthorKind `json:"kind"`
	ID   string     `json:"id,omitempty"`
	Name string     `json:"name,omitempty"`
}

// Quoted is the message that a message answers to. Message is our id of it, empty when we do not hold it.
type Quoted struct {
	Message string `json:"message,omitempty"`
	Text    string `json:"text"`
	Author  Author `json:"author"`
}

// Failure is why a message was not sent: a stable code for programs and a sentence for people.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Contact is a person on the other side: the data of contact.* events and the API's Contact.
type Contact struct {
	ID string `json:"id"`
	// Name is the workspace's name for the contact, or else the name that the contact chose (not trustworthy).
	Name     string          `json:"name"`
	Phone    wa.Phone        `json:"phone"`
	LID      wa.LID          `json:"lid"`
	Metadata json.RawMessage `json:"metadata"`
}

// Merger is the data of contact.merged: two contacts turned out to be one person.
type Merger struct {
	// Contact is who remains; Merged is the id that now leads to it.
	Contact Contact `json:"contact"`
	Merged  string  `json:"merged"`
	// Conversations maps the ids of conversations that were joined to those that remain.
	Conversations map[string]string `json:"conversations"`
}

// Opened is the data of conversation.opened.
type Opened struct {
	ID      string  `json:"id"`
	Number  string  `json:"number"`
	Contact Contact `json:"contact"`
}

// TypingState is the data of the live-only conversation.typing.
type TypingState struct {
	Conversation string `json:"conversation"`
	Contact      string `json:"contact"`
	On           bool   `json:"on"`
}

// ReadState is the data of the live-only conversation.read: the workspace has read the conversation.
type ReadState struct {
	Conversation string `json:"conversation"`
	Unread       int    `json:"unread"`
}
