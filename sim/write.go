package sim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/web"
)

// newID makes a message id of the form that phones use.
func newID() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b)
	return strings.ToUpper("3A" + hex.EncodeToString(b))
}

// write sends a message to all devices of to and to the own companions.
func (p *person) write(ctx context.Context, to *person, id string, m *waE2E.Message) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if id == "" {
		id = newID()
	}
	msg := sentMessage{id: id, to: to, kind: kindOf(m)}
	var err error
	if msg.plain, err = proto.Marshal(m); err != nil {
		return "", fmt.Errorf("marshal message: %w", err)
	}
	msg.own, err = proto.Marshal(&waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{
		DestinationJID: proto.String(to.user.LID.String()), Message: m,
	}})
	if err != nil {
		return "", fmt.Errorf("marshal message: %w", err)
	}
	p.net.ledger().wrote(p.number(), to.number(), id, textOf(m))
	p.remember(msg)
	p.writing.Lock()
	defer p.writing.Unlock()
	var participants []bin.Node
	for _, jid := range p.recipients(to) {
		plain := msg.plain
		if to != p && jid.User == p.user.LID.User {
			plain = msg.own
		}
		enc, err := p.seal(ctx, jid, plain, nil)
		if errors.Is(err, phone.ErrNoBundle) {
			continue
		}
		if err != nil {
			return "", err
		}
		participants = append(participants, bin.Node{Tag: "to", Attrs: bin.Attrs{"jid": jid}, Content: []bin.Node{enc}})
	}
	return id, p.net.srv().Send(p.user, bin.Node{
		Tag: "message", Attrs: bin.Attrs{"id": id, "to": to.user.LID, "type": msg.kind},
		Content: []bin.Node{{Tag: "participants", Content: participants}},
	})
}

// recipients are the devices that get a message: the other's and the own companions.
func (p *person) recipients(to *person) []types.JID {
	var out []types.JID
	if to != p {
		if !(p.net.BlindPhones && to.linked()) {
			out = append(out, to.user.LID)
		}
		for _, d := range to.user.Devices() {
			out = append(out, d.LID())
		}
	}
	for _, d := range p.user.Devices() {
		out = append(out, d.LID())
	}
	return out
}

// seal encrypts for one device; a bundle begins a new session.
func (p *person) seal(ctx context.Context, to types.JID, plain []byte, fresh *web.Bundle) (bin.Node, error) {
	if fresh != nil {
		p.endpoint.Forget(to)
	}
	kind, sealed, err := p.endpoint.Encrypt(ctx, to, plain, func() (web.Bundle, bool) {
		if fresh != nil {
			return *fresh, true
		}
		return p.net.bundle(to)
	})
	if err != nil {
		return bin.Node{}, err
	}
	return bin.Node{Tag: "enc", Attrs: bin.Attrs{"v": "2", "type": kind}, Content: sealed}, nil
}

// bundle returns the prekey bundle of any device.
func (n *Network) bundle(jid types.JID) (web.Bundle, bool) {
	p := n.lookUp(jid)
	if p == nil {
		return web.Bundle{}, false
	}
	if jid.Device == 0 {
		return p.endpoint.Bundle(), true
	}
	d := p.user.Device(int(jid.Device))
	if d == nil {
		return web.Bundle{}, false
	}
	return n.srv().Bundle(d), true
}

func (p *person) remember(m sentMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sent) >= keepSent {
		p.sent = append(p.sent[:0:0], p.sent[keepSent/2:]...)
	}
	p.sent = append(p.sent, m)
}

// receipt files a receipt, or sends a message again when it asks for that.
func (p *person) receipt(ctx context.Context, n *bin.Node) {
	id, _ := n.Attrs["id"].(string)
	kind, _ := n.Attrs["type"].(string)
	if kind == "retry" {
		p.again(ctx, n, id)
		return
	}
	ids := []string{id}
	if list, ok := n.GetOptionalChildByTag("list"); ok {
		for _, item := range list.GetChildren() {
			if id, ok := item.Attrs["id"].(string); ok {
				ids = append(ids, id)
			}
		}
	}
	switch kind {
	case "", "inactive":
		kind = "delivered"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.receipts == nil || len(p.receipts) > keepInbox {
		p.receipts = map[string][]string{}
	}
	for _, id := range ids {
		p.receipts[id] = append(p.receipts[id], kind)
	}
	p.news()
}

// again encrypts a message once more for the one device that asked. Up to the second
// request there are no keys and the session is kept, as whatsmeow does.
func (p *person) again(ctx context.Context, n *bin.Node, id string) {
	from, _ := n.Attrs["from"].(types.JID)
	msg, ok := p.recall(id)
	asker := p.net.lookUp(from)
	if !ok || asker == nil {
		return
	}
	plain := msg.plain
	if asker == p && msg.to != p && msg.own != nil {
		plain = msg.own
	}
	session := asker.user.LID
	session.Device = from.Device
	var fresh *web.Bundle
	if b, ok := web.ReceiptKeys(n); ok {
		fresh = &b
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	enc, err := p.seal(ctx, session, plain, fresh)
	if err != nil {
		return
	}
	retry := n.GetChildByTag("retry")
	enc.Attrs["count"] = retry.Attrs["count"]
	attrs := bin.Attrs{"id": id, "to": from, "type": msg.kind, "device_fanout": "false"}
	if msg.own == nil {
		attrs["category"] = "peer"
	} else if asker == p {
		attrs["recipient"] = msg.to.user.LID
	}
	_ = p.net.srv().Send(p.user, bin.Node{Tag: "message", Attrs: attrs, Content: []bin.Node{enc}})
}

func (p *person) recall(id string) (sentMessage, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.sent {
		if m.id == id {
			return m, true
		}
	}
	return sentMessage{}, false
}

// kindOf is the type attribute of a message.
func kindOf(m *waE2E.Message) string {
	switch {
	case m.GetReactionMessage() != nil:
		return "reaction"
	case m.GetImageMessage() != nil, m.GetDocumentMessage() != nil, m.GetAudioMessage() != nil,
		m.GetVideoMessage() != nil, m.GetStickerMessage() != nil, m.GetLocationMessage() != nil, m.GetContactMessage() != nil:
		return "media"
	case m.GetPollCreationMessage() != nil:
		return "poll"
	}
	return "text"
}
