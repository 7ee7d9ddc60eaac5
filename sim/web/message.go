package web

import (
	"context"
	"errors"
	"strconv"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// ErrNoUser is returned for a message to somebody who has no WhatsApp.
var ErrNoUser = errors.New("no such user")

// message takes a message from a companion: it refuses it, or accepts, delivers and acks
// it, with what the faults make of that.
func (c *Conn) message(d *Device, n *bin.Node) {
	f := c.srv.faultsOf(d.User)
	if !d.User.spend(f) {
		calm := *f
		calm.SendError, calm.AckDelay, calm.NoAck = 0, 0, false
		calm.CutAfterAck, calm.CutBeforeAck, calm.Lose = false, false, false
		f = &calm
	}
	to := attrJID(n, "to")
	m := Message{ID: attr(n, "id"), From: d.User, To: c.srv.user(to), Device: d.ID, Time: c.srv.now(d.User)}
	code, cold := 0, false
	switch {
	case m.To == nil:
		code = 404
	case attr(n, "category") != "peer" && !single(n):
		cold = !d.User.knows(m.To.PN.User)
		code = f.sendError(m.ID, m.To.PN.User, cold)
		if code == 0 && cold && f.NewChatCap > 0 && c.srv.reachOut(d.User, m.To.PN.User, m.ID, f.NewChatCap) {
			code = capped
		}
	}
	if code != 0 {
		if m.To != nil {
			c.srv.Journal.Refused(m, code)
		}
		c.ack(n, m, "", code, f)
		return
	}
	phash := c.srv.deliver(m, n, f)
	c.ack(n, m, phash, 0, f)
	if cold {
		c.srv.wroteToStranger(d.User, m.To.PN.User, f)
	}
}

// single reports whether the message goes to one device: a peer message or a retry.
func single(n *bin.Node) bool {
	_, many := n.GetOptionalChildByTag("participants")
	return !many
}

// spend counts a message against the limit of the faults and reports whether they still
// apply.
func (u *User) spend(f *Faults) bool {
	return f.Limit == 0 || !f.onMessage() || u.spent.Add(1) <= int64(f.Limit)
}

// ack answers a message, late, never or with the connection cut around it.
func (c *Conn) ack(n *bin.Node, m Message, phash string, code int, f *Faults) {
	attrs := bin.Attrs{"class": "message", "id": m.ID, "from": attrJID(n, "to"), "t": seconds(m.Time)}
	if phash != "" {
		attrs["phash"] = phash
	}
	if code != 0 {
		attrs["error"] = strconv.Itoa(code)
	}
	answer := node("ack", attrs)
	switch {
	case f.CutBeforeAck:
		c.finish()
	case f.NoAck:
	case f.CutAfterAck:
		c.end(20*time.Millisecond, answer)
	case f.AckDelay > 0:
		c.srv.Go(func(ctx context.Context) {
			t := time.NewTimer(f.AckDelay)
			defer t.Stop()
			select {
			case <-t.C:
				c.send(answer)
			case <-c.ctx.Done():
			}
		})
	default:
		c.send(answer)
	}
}

// Send delivers a message that a phone or contact wrote. The node is what a companion
// would send; the id and the recipient are in it.
func (s *Server) Send(from *User, n bin.Node) error {
	to := s.user(attrJID(&n, "to"))
	if to == nil {
		return ErrNoUser
	}
	m := Message{ID: attr(&n, "id"), From: from, To: to, Time: s.now(from)}
	s.deliver(m, &n, s.faultsOf(from))
	return nil
}

// deliver accepts a message and hands each device its ciphertext. It returns the right
// hash of devices when the sender left some out.
func (s *Server) deliver(m Message, n *bin.Node, f *Faults) (phash string) {
	to := attrJID(n, "to")
	switch {
	case attr(n, "category") == "peer":
		s.deliverPeer(m, n, to)
		return ""
	case single(n):
		s.deliverRetry(m, n, to)
		return ""
	}
	s.Journal.Accepted(m)
	m.To.meet(m.From.PN.User)
	s.answered(m.To, m.From.PN.User)
	if f.Lose {
		s.Journal.Lost(m)
		return ""
	}
	blocked := m.To.blocks(m.From.PN.User)
	base := extras(n)
	for _, p := range children(*n, "participants") {
		jid := attrJID(&p, "jid")
		u := s.user(jid)
		if u == nil || (u == m.To && u != m.From && blocked) {
			continue
		}
		s.hand(m, n, u, jid, append(p.GetChildren(), base...), f)
	}
	return s.missing(m, n, to)
}

// extras are the children that every recipient gets besides its ciphertext.
func extras(n *bin.Node) []bin.Node {
	var out []bin.Node
	for _, c := range n.GetChildren() {
		switch c.Tag {
		case "device-identity", "meta", "biz":
			out = append(out, c)
		}
	}
	return out
}

// missing returns the hash of the real devices if the message does not go to all of them.
func (s *Server) missing(m Message, n *bin.Node, to types.JID) string {
	own := m.From.PN
	if to.Server == types.HiddenUserServer {
		own = m.From.LID
	}
	all := m.To.jids(to)
	if m.To != m.From {
		all = append(all, m.From.jids(own)...)
	}
	if len(children(*n, "participants")) == len(all)-1 {
		return ""
	}
	return listHash(all)
}

// hand gives one device its copy.
func (s *Server) hand(m Message, n *bin.Node, u *User, jid types.JID, content []bin.Node, f *Faults) {
	out := bin.Node{Tag: "message", Attrs: s.envelope(m, n, u, jid), Content: content}
	if jid.Device == 0 {
		copies := 1
		if u == m.To {
			copies += f.Duplicate
		}
		for range copies {
			u.Primary.Receive(out)
		}
		return
	}
	d := u.Device(int(jid.Device))
	if d == nil || (u == m.From && d.ID == m.Device) {
		return
	}
	rf := f
	if u != m.From {
		rf = s.faultsOf(u)
	}
	copies := d.push(out, &m, rf)
	s.Journal.Handed(m, u, d.ID, copies)
}

// deliverPeer carries a message between a phone and its own companion.
func (s *Server) deliverPeer(m Message, n *bin.Node, to types.JID) {
	attrs := bin.Attrs{"id": m.ID, "t": seconds(s.now(m.From)), "type": "text", "category": "peer",
		"from": device(m.From.PN, m.Device)}
	if kind := attr(n, "type"); kind != "" {
		attrs["type"] = kind
	}
	out := bin.Node{Tag: "message", Attrs: attrs, Content: n.GetChildren()}
	if to.Device == 0 {
		m.To.Primary.Receive(out)
		return
	}
	if d := m.To.Device(int(to.Device)); d != nil && m.To == m.From {
		d.push(out, nil, s.faultsOf(m.To))
	}
}

// deliverRetry carries one ciphertext to the device that asked for it again.
func (s *Server) deliverRetry(m Message, n *bin.Node, to types.JID) {
	u := m.To
	if recipient := attrJID(n, "recipient"); u == m.From && !recipient.IsEmpty() {
		if chat := s.user(recipient); chat != nil {
			m.To = chat
		}
	}
	f := *s.faultsOf(u)
	f.Duplicate = 0
	out := bin.Node{Tag: "message", Attrs: s.envelope(m, n, u, to), Content: n.GetChildren()}
	if to.Device == 0 {
		u.Primary.Receive(out)
		return
	}
	if d := u.Device(int(to.Device)); d != nil {
		s.Journal.Handed(m, u, d.ID, d.push(out, &m, &f))
	}
}
