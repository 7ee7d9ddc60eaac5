package sim

import (
	"context"
	"strconv"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/web"
)

// message decrypts what arrived, collapses what it has already, and reacts.
func (p *person) message(ctx context.Context, n *bin.Node) {
	from, _ := n.Attrs["from"].(types.JID)
	sender := p.net.lookUp(from)
	enc, ok := n.GetOptionalChildByTag("enc")
	if sender == nil || !ok {
		return
	}
	id, _ := n.Attrs["id"].(string)
	sealed, _ := enc.Content.([]byte)
	kind, _ := enc.Attrs["type"].(string)
	session := sender.user.LID
	session.Device = from.Device
	m, chat, err := p.decrypt(ctx, sender, session, kind, sealed)
	if err != nil {
		p.unreadable(n, sender, id)
		return
	}
	if n.Attrs["category"] == "peer" {
		p.peer(ctx, int(from.Device), m)
		return
	}
	in := Incoming{ID: id, From: sender.number(), Device: int(from.Device), Text: textOf(m), Time: p.net.now(), Message: m}
	if sender == p {
		in.FromMe, in.To = true, chat.number()
	}
	p.take(ctx, n, sender, in)
}

// decrypt returns the message and, for what an own companion sent, the chat.
func (p *person) decrypt(ctx context.Context, sender *person, session types.JID, kind string, sealed []byte) (*waE2E.Message, *person, error) {
	plain, err := p.endpoint.Decrypt(ctx, session, kind, sealed)
	if err != nil {
		return nil, nil, err
	}
	m := &waE2E.Message{}
	if err := proto.Unmarshal(plain, m); err != nil {
		return nil, nil, err
	}
	chat := sender
	if dsm := m.GetDeviceSentMessage(); dsm != nil && sender == p {
		m = dsm.GetMessage()
		if jid, err := types.ParseJID(dsm.GetDestinationJID()); err == nil {
			if to := p.net.lookUp(jid); to != nil {
				chat = to
			}
		}
	}
	return m, chat, nil
}

// take files a message, unless its id is known: receivers keep one of several copies with
// the same id (a community claim, see docs/protocol/whatsapp-web.md).
func (p *person) take(ctx context.Context, n *bin.Node, sender *person, in Incoming) {
	other := p.number()
	if in.FromMe {
		other = in.To
	}
	key := messageKey{sender.number(), in.ID}
	p.mu.Lock()
	known := p.seen[key]
	if !known {
		if p.seen == nil {
			p.seen = map[messageKey]bool{}
		}
		p.seen[key] = true
	}
	account := p.isAccount
	p.mu.Unlock()
	var outcome func(*Delivery)
	if known {
		outcome = func(d *Delivery) { d.Collapsed++ }
	}
	p.net.ledger().decrypted(sender.number(), other, in.ID, p.number(), in.Text, outcome)
	if !known { // whoever sees it may ask the ledger about it
		p.file(in)
	}
	if !account {
		p.deliveryReceipt(n)
	}
	p.mu.Lock()
	p.news()
	p.mu.Unlock()
	if !known && !account {
		p.askAgain(n, sender)
		p.react(ctx, in)
	}
}

func (p *person) file(in Incoming) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.inbox) >= keepInbox {
		p.inbox = append(p.inbox[:0:0], p.inbox[keepInbox/2:]...)
	}
	p.inbox = append(p.inbox, received{Incoming: in})
}

// askAgain asks for a message that was read already, as often as the sender's faults say:
// at first without keys, then with them, which makes the sender begin a new session each time.
func (p *person) askAgain(n *bin.Node, sender *person) {
	for count := range p.net.srv().FaultsOf(sender.user).AskAgain {
		p.retryReceipt(n, count+1, count > 0)
	}
}

// lookUp resolves an address to a person.
func (n *Network) lookUp(jid types.JID) *person {
	n.people.mu.RLock()
	defer n.people.mu.RUnlock()
	if jid.Server == types.HiddenUserServer {
		return n.people.byLID[jid.User]
	}
	return n.people.byPhone[jid.User]
}

func (p *person) deliveryReceipt(n *bin.Node) {
	if b := p.conduct(); b.Silent {
		return
	}
	p.net.srv().Receipt(p.user, 0, bin.Node{Tag: "receipt", Attrs: bin.Attrs{"id": n.Attrs["id"], "to": n.Attrs["from"]}})
}

// unreadable collapses a copy of a message that is known, and asks again for another.
func (p *person) unreadable(n *bin.Node, sender *person, id string) {
	p.mu.Lock()
	known := p.seen[messageKey{sender.number(), id}]
	p.mu.Unlock()
	if !known {
		p.undecryptable(n, sender, id)
		return
	}
	p.net.ledger().decrypted(sender.number(), p.number(), id, p.number(), "", func(d *Delivery) { d.Collapsed++ })
	if !p.linked() {
		p.deliveryReceipt(n)
	}
}

// undecryptable asks for the message again, at most four times, with the keys that a new
// session needs.
func (p *person) undecryptable(n *bin.Node, sender *person, id string) {
	p.net.ledger().decrypted(sender.number(), p.number(), id, p.number(), "", func(d *Delivery) { d.Failed++ })
	p.mu.Lock()
	if p.retries == nil {
		p.retries = map[messageKey]int{}
	}
	key := messageKey{sender.number(), id}
	p.retries[key]++
	count := p.retries[key]
	p.mu.Unlock()
	if count > 4 {
		return
	}
	p.retryReceipt(n, count, true)
}

// retryReceipt asks for a message again.
func (p *person) retryReceipt(n *bin.Node, count int, withKeys bool) {
	id := n.Attrs["id"]
	attrs := bin.Attrs{"id": id, "to": n.Attrs["from"], "type": "retry"}
	if r, ok := n.Attrs["recipient"]; ok {
		attrs["recipient"] = r
	}
	children := []bin.Node{{Tag: "retry", Attrs: bin.Attrs{"count": strconv.Itoa(count), "id": id, "t": n.Attrs["t"], "v": "1"}}}
	if withKeys {
		children = append(children, web.KeyNodes(p.endpoint.Bundle())...)
	}
	p.net.srv().Receipt(p.user, 0, bin.Node{Tag: "receipt", Attrs: attrs, Content: children})
}

// textOf returns the text of a message, "" for other kinds.
func textOf(m *waE2E.Message) string {
	if t := m.GetConversation(); t != "" {
		return t
	}
	return m.GetExtendedTextMessage().GetText()
}

func (p *person) chatState(n *bin.Node) {
	from, _ := n.Attrs["from"].(types.JID)
	sender := p.net.lookUp(from)
	if sender == nil || len(n.GetChildren()) != 1 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.typing == nil {
		p.typing = map[string]bool{}
	}
	p.typing[sender.number()] = n.GetChildren()[0].Tag == "composing"
	p.news()
}
