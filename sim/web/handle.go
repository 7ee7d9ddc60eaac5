package web

import (
	"strconv"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// handle routes a stanza to its family. Before the pairing only iq and ack are heard.
func (c *Conn) handle(n *bin.Node) {
	d := c.dev.Load()
	switch {
	case n.Tag == "iq":
		c.iq(n)
	case d == nil:
	case n.Tag == "message":
		c.message(d, n)
	case n.Tag == "receipt":
		c.receipt(d, n)
	case n.Tag == "ack":
		c.acked(d, attr(n, "class"), attr(n, "id"), attrJID(n, "to"))
	case n.Tag == "presence":
		c.presence(d, n)
	case n.Tag == "chatstate":
		c.chatState(d, n)
	case n.Tag == "call":
		c.send(node("ack", bin.Attrs{"class": "call", "id": attr(n, "id"), "from": types.ServerJID}))
	}
}

// iq answers a request by its namespace, or hands an answer to who asked. What nobody
// knows is answered with 501, because silence blocks the client for 75 s (read).
func (c *Conn) iq(n *bin.Node) {
	switch attr(n, "type") {
	case "result", "error":
		c.answered(n)
		return
	}
	d := c.dev.Load()
	switch xmlns := attr(n, "xmlns"); {
	case xmlns == "md":
		c.md(d, n)
	case xmlns == "w:p" || first(n).Tag == "ping":
		if !c.faults().NoPong {
			c.result(n)
		}
	case d == nil:
		c.refuse(n, 401, "not-authorized")
	case xmlns == "encrypt":
		c.encrypt(d, n)
	case xmlns == "passive":
		c.passive(d, n)
	case xmlns == "usync":
		c.usync(d, n)
	case xmlns == "privacy":
		c.privacy(d, n)
	case xmlns == "w:sync:app:state":
		c.appState(d, n)
	default:
		c.other(d, n, xmlns)
	}
}

// result answers an iq.
func (c *Conn) result(n *bin.Node, children ...bin.Node) {
	from := n.Attrs["to"]
	if from == nil {
		from = types.ServerJID
	}
	c.send(node("iq", bin.Attrs{"type": "result", "id": attr(n, "id"), "from": from}, children...))
}

// refuse answers an iq with an error.
func (c *Conn) refuse(n *bin.Node, code int, text string) {
	c.send(node("iq", bin.Attrs{"type": "error", "id": attr(n, "id"), "from": types.ServerJID},
		node("error", bin.Attrs{"code": strconv.Itoa(code), "text": text})))
}

// passive answers the end of the login; whatsmeow says Connected after it.
func (c *Conn) passive(d *Device, n *bin.Node) {
	c.result(n)
	if first(n).Tag != "active" {
		return
	}
	d.mu.Lock()
	firstTime := !d.greeted
	d.greeted = true
	d.mu.Unlock()
	c.srv.ready(d, firstTime)
}
