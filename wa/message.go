package wa

import "time"

// Kind is what a message holds.
type Kind string

// The kinds. A kind that we cannot show yet arrives as KindUnsupported with a describing Text.
const (
	KindText        Kind = "text"
	KindUnsupported Kind = "unsupported"
)

// MaxTextBytes is the longest text that a message may carry (65,536 bytes, WhatsApp's own limit for a text message).
const MaxTextBytes = 65536

// Quote is the message that another message answers to.
type Quote struct {
	// ID is the quoted message's WhatsApp id; Sender who wrote it; FromMe whether this number did.
	ID     string
	Sender Identity
	FromMe bool
	Text   string
}

// Incoming is a message that reached a number, or one that its owner wrote on the phone (FromMe).
type Incoming struct {
	// ID is chosen by the sender's client: unique only together with the sender.
	ID string
	// Contact is the other side of the 1:1 chat, also when FromMe.
	Contact Person
	FromMe  bool
	// Time is WhatsApp's, not ours.
	Time   time.Time
	Kind   Kind
	Text   string
	Quoted *Quote
}

// Outgoing is a message on its way out. ID was chosen before, so that a retry after a crash uses the same.
type Outgoing struct {
	ID     string
	To     Identity
	Text   string
	Quoted *Quote
}

// Sent says that WhatsApp took a message.
type Sent struct {
	// Time is WhatsApp's.
	Time time.Time
	// To is the recipient with what the provider learned while sending (usually the LID).
	To Identity
}

// ReceiptKind says how far messages came.
type ReceiptKind string

// The receipts.
const (
	ReceiptDelivered ReceiptKind = "delivered"
	ReceiptRead      ReceiptKind = "read"
	ReceiptPlayed    ReceiptKind = "played"
	// ReceiptReadSelf: the owner read the contact's messages on another device.
	ReceiptReadSelf ReceiptKind = "read_self"
)

// Receipt tells how far messages of one chat came.
type Receipt struct {
	IDs     []string
	Contact Identity
	Kind    ReceiptKind
	Time    time.Time
}

// Typing is a contact's live typing state. It is never stored.
type Typing struct {
	Contact   Identity
	Composing bool
}
