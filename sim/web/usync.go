package web

import (
	"strconv"
	"strings"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// usync answers lookups of users: devices, LID, contact and what goes with them. A user
// that does not exist is left out, except in a contact query, where its type is "out".
func (c *Conn) usync(d *Device, n *bin.Node) {
	ask := first(n)
	query := ask.GetChildByTag("query")
	var users []bin.Node
	for _, u := range children(ask, "list") {
		if found, ok := c.lookUp(d, query, u); ok {
			users = append(users, found)
		}
	}
	list := node("list", nil, users...)
	if users == nil {
		list.Content = []bin.Node{}
	}
	c.result(n, bin.Node{Tag: "usync", Attrs: ask.Attrs, Content: []bin.Node{node("result", nil), list}})
}

// lookUp answers one user of a query under the JID that was asked, which is the client's
// cache key.
func (c *Conn) lookUp(d *Device, query, ask bin.Node) (bin.Node, bool) {
	jid := attrJID(&ask, "jid")
	contact := content(ask.GetChildByTag("contact"))
	if contact != nil {
		return c.lookUpContact(query, contact)
	}
	u := c.srv.user(jid)
	if u == nil || (jid.Server == types.DefaultUserServer && u.hidden.Load()) {
		return bin.Node{}, false
	}
	out := node("user", bin.Attrs{"jid": jid})
	out.Content = c.protocols(query, u, jid)
	return out, true
}

// lookUpContact answers a query by phone number text, "+6281..@c.us" or "+6281..".
func (c *Conn) lookUpContact(query bin.Node, text []byte) (bin.Node, bool) {
	number, _, _ := strings.Cut(string(text), "@")
	number = digits(number)
	u := c.srv.Directory.ByPhone(number)
	if u == nil || u.hidden.Load() {
		return node("user", bin.Attrs{"jid": types.NewJID(number, types.DefaultUserServer)},
			bin.Node{Tag: "contact", Attrs: bin.Attrs{"type": "out"}, Content: text}), true
	}
	attrs := bin.Attrs{"jid": u.PN}
	jid := u.PN
	if ask := query.GetChildByTag("contact"); attr(&ask, "addressing_mode") == "lid" {
		attrs["jid"], attrs["pn_jid"] = u.LID, u.PN
		jid = u.LID
	}
	out := node("user", attrs)
	out.Content = append([]bin.Node{{Tag: "contact", Attrs: bin.Attrs{"type": "in"}, Content: text}},
		c.protocols(query, u, jid)...)
	return out, true
}

// protocols answers what the query asks about one user.
func (c *Conn) protocols(query bin.Node, u *User, jid types.JID) []bin.Node {
	var out []bin.Node
	for _, p := range query.GetChildren() {
		switch p.Tag {
		case "devices":
			out = append(out, c.deviceList(u, jid))
		case "lid":
			out = append(out, node("lid", bin.Attrs{"val": u.LID}))
		case "status":
			out = append(out, blob("status", []byte("Available")))
		case "disappearing_mode":
			out = append(out, node("disappearing_mode", bin.Attrs{"duration": "0", "t": "0"}))
		}
	}
	return out
}

func (c *Conn) deviceList(u *User, jid types.JID) bin.Node {
	list := []bin.Node{node("device", bin.Attrs{"id": "0"})}
	for _, d := range u.Devices() {
		list = append(list, node("device", bin.Attrs{
			"id": strconv.Itoa(int(d.ID)), "key-index": strconv.FormatUint(uint64(d.keyIndex), 10)}))
	}
	return node("devices", nil,
		node("device-list", bin.Attrs{"hash": listHash(u.jids(jid))}, list...),
		node("key-index-list", bin.Attrs{"ts": seconds(c.srv.now(u))}))
}

// digits keeps the digits of a phone number.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
