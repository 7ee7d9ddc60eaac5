package send

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// How long a message waits for its turn before it gives up, by author, and the longest that a caller may ask for.
const (
	AssistantPatience = 15 * time.Minute
	Patience          = 24 * time.Hour
	MaxPatience       = 7 * 24 * time.Hour
)

// Request asks for one message to be sent: into a conversation, or to a contact or phone on a number.
type Request struct {
	// Conversation to answer in; it decides number and contact. When empty, To says to whom.
	Conversation string
	// To is a contact's id or a phone number as a person writes it (read with the workspace's country).
	To string
	// Number that sends to To; empty means the workspace's primary number.
	Number string
	// Text is 1 to 65,536 bytes of UTF-8.
	Text string
	// Quoted is the id of the message that this one answers to, in the same conversation; empty for none.
	Quoted string
	Author event.Author
	// ExpiresAt is when the message gives up waiting; zero means 15 minutes for the assistant and 24 hours for all others.
	ExpiresAt time.Time
	// Metadata is a JSON object of up to 4 kB, or empty.
	Metadata json.RawMessage
	// ClientRef is the caller's own mark, up to 128 bytes, returned with the message.
	ClientRef string
	// IdempotencyKey makes a second request of the same author with the same key return the first message; up to 255 bytes.
	// It is remembered as long as the message.
	IdempotencyKey string
	// Fingerprint of what was asked for: a second request with the same key and another one is refused.
	Fingerprint string
}

// CheckText refuses what WhatsApp would not take: faults Invalid or TooLarge on field "text".
func CheckText(text string) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fault.Errorf(fault.Invalid, "the text is not valid UTF-8, or holds a NUL").Because("text_encoding").On("text")
	case strings.TrimSpace(text) == "":
		return fault.Errorf(fault.Invalid, "the text is empty").Because("text_empty").On("text")
	case len(text) > wa.MaxTextBytes:
		return fault.Errorf(fault.TooLarge, "the text has %d bytes; WhatsApp takes at most %d", len(text), wa.MaxTextBytes).
			Because("text_too_long").On("text")
	}
	return nil
}
