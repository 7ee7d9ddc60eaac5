package web

import (
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receipt takes a receipt from a companion: it settles its own queue, acks it and tells
// the author of the message.
func (c *Conn) receipt(d *Device, n *bin.Node) {
	kind, to := attr(n, "type"), attrJID(n, "to")
	switch kind {
	case "", "inactive", "sender", "peer_msg":
		for _, id := range receiptIDs(n) {
			c.acked(d, "message", id, to)
		}
	}
	attrs := bin.Attrs{"class": "receipt", "id": attr(n, "id"), "from": to}
	if kind != "" {
		attrs["type"] = kind
	}
	if p := attrJID(n, "participant"); !p.IsEmpty() {
		attrs["participant"] = p
	}
	c.send(node("ack", attrs))
	c.srv.Receipt(d.User, d.ID, *n)
}

// receiptIDs returns the ids that a receipt is about.
func receiptIDs(n *bin.Node) []string {
	ids := []string{attr(n, "id")}
	for _, item := range children(*n, "list") {
		ids = append(ids, attr(&item, "id"))
	}
	return ids
}

// acked settles one stanza of a device's queue.
func (c *Conn) acked(d *Device, class, id string, from types.JID) {
	if m, ok := d.settle(class, id, from); ok && m != nil {
		c.srv.Journal.Acknowledged(*m, d.User, d.ID)
	}
}

// Receipt forwards a receipt by a device of u (0 is the phone or contact) to the author
// of the message: delivery and retry to the device that sent it, read and played to all.
func (s *Server) Receipt(u *User, id uint8, n bin.Node) {
	kind, to := attr(&n, "type"), attrJID(&n, "to")
	author := s.user(to)
	if author == nil {
		return
	}
	for _, mid := range receiptIDs(&n) {
		s.Journal.Receipt(kind, mid, u, id, author)
	}
	if s.faultsOf(author).DropReceipts && kind != "retry" {
		return
	}
	out := bin.Node{Tag: "receipt", Attrs: s.forwarded(u, id, &n, to), Content: n.Content}
	switch kind {
	case "sender", "peer_msg", "hist_sync", "read-self", "server-error":
		if author == u {
			return
		}
	}
	f := s.faultsOf(author)
	switch kind {
	case "read", "played":
		for _, d := range author.Devices() {
			if d.User != u || d.ID != id {
				d.push(out, nil, f)
			}
		}
		author.Primary.Receive(out)
	default:
		if to.Device == 0 {
			author.Primary.Receive(out)
		} else if d := author.Device(int(to.Device)); d != nil {
			d.push(out, nil, f)
		}
	}
}

// forwarded keeps the addressing of the message, because retries are looked up by it.
func (s *Server) forwarded(u *User, id uint8, n *bin.Node, to types.JID) bin.Attrs {
	from := u.PN
	if to.Server == types.HiddenUserServer {
		from = u.LID
	}
	attrs := bin.Attrs{"from": device(from, id), "id": attr(n, "id"), "t": seconds(s.now(u))}
	if kind := attr(n, "type"); kind != "" {
		attrs["type"] = kind
	}
	if r := attrJID(n, "recipient"); !r.IsEmpty() {
		attrs["recipient"] = r
	}
	return attrs
}
