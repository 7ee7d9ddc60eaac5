package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// Contact is a person on the other side: a phone number with one device, inside this
// process. Contacts are cheap; ten thousand in one process are fine.
type Contact struct{ p *person }

// Incoming is a message as a contact's or an account's phone has decrypted it.
type Incoming struct {
	ID      string         `json:"id"`
	From    string         `json:"from"`   // phone number of the sender
	Device  int            `json:"device"` // the sender's device number
	Text    string         `json:"text"`   // the text, or "" for other kinds
	Time    time.Time      `json:"time"`
	Message *waE2E.Message `json:"-"`
	// FromMe is set on an account's phone for what a companion of its own sent, and To is
	// then the recipient's phone number.
	FromMe bool   `json:"from_me,omitempty"`
	To     string `json:"to,omitempty"`
}

// Quoted returns the id of the message that this one quotes, "" for none.
func (m Incoming) Quoted() string {
	return m.Message.GetExtendedTextMessage().GetContextInfo().GetStanzaID()
}

// Match chooses a message in WaitFor.
type Match func(Incoming) bool

// Text matches a message with exactly this text.
func Text(text string) Match { return func(m Incoming) bool { return m.Text == text } }

// Any matches every message.
func Any() Match { return func(Incoming) bool { return true } }

// Phone is the contact's number, digits only.
func (c *Contact) Phone() string { return c.p.number() }

// LID is the user part of the contact's hidden id.
func (c *Contact) LID() string { return c.p.user.LID.User }

// PushName is the name that it gives itself.
func (c *Contact) PushName() string { return c.p.user.PushName() }

// SetPushName changes the name that its next messages carry.
func (c *Contact) SetPushName(name string) { c.p.user.SetPushName(name) }

// SetBehaviour changes what the contact does by itself.
func (c *Contact) SetBehaviour(b Behaviour) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.behaviour = &b
}

// Behaviour returns what the contact does by itself.
func (c *Contact) Behaviour() Behaviour { return c.p.conduct() }

// HidePhone makes the contact known by its LID only: nothing it sends carries its number,
// and a lookup by number does not find it.
func (c *Contact) HidePhone(hide bool) { c.p.user.HidePhone(hide) }

// AddressByPhone makes the contact's messages come from its phone number with the LID beside
// it, or from the LID again: WhatsApp moved chats to LIDs one by one, in mid-chat.
func (c *Contact) AddressByPhone(on bool) { c.p.user.AddressByPhone(on) }

// Write sends a text to all devices of the account and returns the message's id.
func (c *Contact) Write(ctx context.Context, to *Account, text string) (id string, err error) {
	return c.Send(ctx, to, "", &waE2E.Message{Conversation: &text})
}

// Send sends any message under an id of the caller's choice; an empty id makes one. The
// same id again is the repetition of a message.
func (c *Contact) Send(ctx context.Context, to *Account, id string, m *waE2E.Message) (string, error) {
	return c.p.write(ctx, to.p, id, m)
}

// Reply answers a message with a quote of it.
func (c *Contact) Reply(ctx context.Context, to Incoming, text string) (id string, err error) {
	author := c.p.net.person(to.From)
	return c.p.write(ctx, author, "", &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
		Text: &text,
		ContextInfo: &waE2E.ContextInfo{
			StanzaID: &to.ID, Participant: proto.String(author.user.LID.String()), QuotedMessage: to.Message,
		},
	}})
}

// WaitFor returns the oldest message that matches and that WaitFor did not return before,
// and waits for it until ctx ends.
func (c *Contact) WaitFor(ctx context.Context, match Match) (Incoming, error) {
	return c.p.waitFor(ctx, match)
}

func (p *person) waitFor(ctx context.Context, match Match) (Incoming, error) {
	var found Incoming
	err := p.await(ctx, func() bool {
		for i := range p.inbox {
			if m := &p.inbox[i]; !m.taken && match(m.Incoming) {
				m.taken, found = true, m.Incoming
				return true
			}
		}
		return false
	})
	return found, err
}

// Inbox returns the messages that the contact has received, oldest first, each once. It
// keeps the last 500 to 1,000.
func (c *Contact) Inbox() []Incoming { return c.p.messages() }

func (p *person) messages() []Incoming {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Incoming, len(p.inbox))
	for i, m := range p.inbox {
		out[i] = m.Incoming
	}
	return out
}

// Read sends a read receipt for messages of one account.
func (c *Contact) Read(ctx context.Context, from *Account, ids ...string) error {
	if len(ids) == 0 {
		return errors.New("no message to read")
	}
	n := bin.Node{Tag: "receipt", Attrs: bin.Attrs{"id": ids[0], "to": from.p.user.LID, "type": "read"}}
	if len(ids) > 1 {
		var items []bin.Node
		for _, id := range ids[1:] {
			items = append(items, bin.Node{Tag: "item", Attrs: bin.Attrs{"id": id}})
		}
		n.Content = []bin.Node{{Tag: "list", Content: items}}
	}
	c.p.net.srv().Receipt(c.p.user, 0, n)
	return ctx.Err()
}

// Type shows or ends "typing" to the account.
func (c *Contact) Type(ctx context.Context, to *Account, on bool) error {
	tag := "paused"
	if on {
		tag = "composing"
	}
	c.p.net.srv().ChatState(c.p.user, to.p.user, bin.Node{Tag: tag})
	return ctx.Err()
}

// WaitTyping waits until the account shows, or no longer shows, "typing" to the contact.
func (c *Contact) WaitTyping(ctx context.Context, from *Account, on bool) error {
	return c.p.await(ctx, func() bool { return c.p.typing[from.Phone()] == on })
}

// Online shows the contact as available, or as last seen now, to those who subscribed.
func (c *Contact) Online(on bool) { c.p.net.srv().Presence(c.p.user, on) }

// Block makes the network drop what the account sends: the sender sees one tick for ever.
func (c *Contact) Block(a *Account, on bool) {
	c.p.user.Block(a.Phone(), on)
	if on {
		c.p.net.srv().Complain(a.p.user, c.Phone())
	}
}

// Report counts a report of the account, as "report spam" does.
func (c *Contact) Report(a *Account) {
	a.p.mu.Lock()
	a.p.reports++
	a.p.mu.Unlock()
	c.p.net.srv().Complain(a.p.user, c.Phone())
}

// Ignore makes the contact receive what the account sends without reading or answering.
func (c *Contact) Ignore(a *Account, on bool) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if c.p.ignored == nil {
		c.p.ignored = map[string]bool{}
	}
	c.p.ignored[a.Phone()] = on
}

// WaitReceipt waits until the account's companion has sent a receipt of the kind
// ("delivered", "read", "played") for a message of this contact.
func (c *Contact) WaitReceipt(ctx context.Context, id, kind string) error {
	return c.p.await(ctx, func() bool { return slices.Contains(c.p.receipts[id], kind) })
}
