package wa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Spec is what a provider needs to open a number's link.
type Spec struct {
	NumberRef
	// Proxy is the number's own proxy URL (http, https or socks5 with credentials); empty means direct.
	Proxy string
	// Paired tells whether device keys are expected to exist.
	Paired bool
}

// ProxyForbidden is the reason of the fault with which Connect fails when the proxy is in a network where none may be.
const ProxyForbidden = "proxy_forbidden"

// SendTimeout is how long one send may take, from the call until WhatsApp has taken the message. After it the outcome is
// Unclear. The lanes of package send and the providers share it, so that neither gives up before the other.
const SendTimeout = 20 * time.Second

// Link is one number's connection to WhatsApp through one provider. Its methods are safe for concurrent use.
// It never reconnects by itself: it reports, and package number decides.
type Link interface {
	// Connect opens the connection and returns once the socket stands or failed; all else arrives as signals.
	// Unpaired, it starts a QR pairing.
	Connect(ctx context.Context) error
	// Disconnect closes the connection and keeps the pairing. It returns within a second.
	Disconnect()
	// PairCode asks for an 8-character code to type on the phone; the link must be connected and unpaired.
	PairCode(ctx context.Context, phone Phone) (string, error)
	// AnswerPasskey sends the WebAuthn response to a SignalPasskeyRequest.
	AnswerPasskey(ctx context.Context, response json.RawMessage) error
	// ConfirmPasskey tells that the person saw the same code on the phone.
	ConfirmPasskey(ctx context.Context) error
	// Send hands a message to WhatsApp and returns when WhatsApp took it, after SendTimeout at the latest. Errors are *SendError.
	Send(ctx context.Context, m Outgoing) (Sent, error)
	// MarkRead sends read receipts for messages of one contact.
	MarkRead(ctx context.Context, contact Identity, ids []string) error
	// SetTyping shows or hides "typing…" at the contact.
	SetTyping(ctx context.Context, contact Identity, on bool) error
	// Lookup finds a phone's identity on WhatsApp; ok is false when it has no account.
	Lookup(ctx context.Context, phone Phone) (id Identity, ok bool, err error)
	// Probe asks WhatsApp for a sign of life and waits for the answer.
	Probe(ctx context.Context) error
	// LastLife is when the last evidence of life (frame, ack, ping answer) arrived on this connection; zero before any.
	LastLife() time.Time
	// Logout unlinks the device at WhatsApp and forgets its keys. The keys are forgotten even when WhatsApp cannot be reached.
	Logout(ctx context.Context) error
	// Close disconnects and frees everything; the link is dead after it.
	Close()
}

// Receiver takes what a link brings. A provider acknowledges to WhatsApp only after Message or Receipt returned nil:
// an error means that nothing was stored and the stanza must come again.
type Receiver interface {
	Message(ctx context.Context, n NumberRef, m Incoming) error
	Receipt(ctx context.Context, n NumberRef, r Receipt) error
	// History takes older messages of one chat, all with the same Contact, the oldest first. They are never unread, never
	// answered and make no events; those that are there already stay as they are.
	History(ctx context.Context, n NumberRef, past []Incoming) error
	// Typing is live only.
	Typing(ctx context.Context, n NumberRef, t Typing)
	// Learned reports identities that belong together, and push names.
	Learned(ctx context.Context, n NumberRef, people []Person) error
	Signal(ctx context.Context, n NumberRef, s Signal)
	// AdmitPairing is asked before a pairing completes: the phone that scanned may be linked here, or a fault says why not.
	AdmitPairing(ctx context.Context, n NumberRef, p Person) error
	// SentText returns the text of an earlier outgoing message, when a recipient could not decrypt it and asks again.
	SentText(ctx context.Context, n NumberRef, messageID string) (Outgoing, bool, error)
}

// Outcome tells what became of a send that failed.
type Outcome string

// The outcomes.
const (
	// NotSent: it certainly did not leave; trying again later makes sense.
	NotSent Outcome = "not_sent"
	// Rejected: WhatsApp refused it for good.
	Rejected Outcome = "rejected"
	// NoAccount: the recipient is not on WhatsApp.
	NoAccount Outcome = "no_account"
	// Locked: this number may not open new chats now (463). Never retried: repeating makes it worse.
	Locked Outcome = "locked"
	// Unclear: it may have left. On the web provider the same id may be sent again, because recipients collapse equal ids.
	Unclear Outcome = "unclear"
)

// SendError is why a send failed.
type SendError struct {
	Outcome Outcome
	// Code is WhatsApp's number ("463"), or "".
	Code string
	Err  error
}

func (e *SendError) Error() string {
	if e.Code != "" {
		return fmt.Sprintf("send %s (WhatsApp %s): %v", e.Outcome, e.Code, e.Err)
	}
	return fmt.Sprintf("send %s: %v", e.Outcome, e.Err)
}

func (e *SendError) Unwrap() error { return e.Err }

// OutcomeOf reads the outcome of a failed send; an error of another kind is Unclear.
func OutcomeOf(err error) Outcome {
	var s *SendError
	if errors.As(err, &s) {
		return s.Outcome
	}
	return Unclear
}

// CodeOf reads WhatsApp's number of a failed send ("463"), or "".
func CodeOf(err error) string {
	var s *SendError
	if errors.As(err, &s) {
		return s.Code
	}
	return ""
}
