package web

import (
	"maps"
	"slices"

	bin "go.mau.fi/whatsmeow/binary"
)

// presence takes "available", "unavailable" and subscriptions of a companion.
func (c *Conn) presence(d *Device, n *bin.Node) {
	switch attr(n, "type") {
	case "available", "":
		if name := attr(n, "name"); name != "" {
			d.User.SetPushName(name)
		}
		d.available.Store(true)
		c.srv.Presence(d.User, true)
	case "unavailable":
		d.available.Store(false)
		c.srv.Presence(d.User, false)
	case "subscribe":
		if u := c.srv.user(attrJID(n, "to")); u != nil {
			u.watch(d)
			d.tell(c.srv.presenceOf(u))
		}
	}
}

// watch subscribes a companion to u's presence.
func (u *User) watch(d *Device) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.watchers == nil {
		u.watchers = map[*Device]bool{}
	}
	u.watchers[d] = true
}

// Presence changes whether a user is online and tells those who subscribed.
func (s *Server) Presence(u *User, available bool) {
	u.mu.Lock()
	u.available = available
	watchers := slices.Collect(maps.Keys(u.watchers))
	u.mu.Unlock()
	n := s.presenceOf(u)
	for _, d := range watchers {
		d.tell(n)
	}
}

func (s *Server) presenceOf(u *User) bin.Node {
	u.mu.Lock()
	available := u.available
	u.mu.Unlock()
	if available {
		return node("presence", bin.Attrs{"from": u.LID})
	}
	return node("presence", bin.Attrs{"from": u.LID, "type": "unavailable", "last": seconds(s.now(u))})
}

// chatState forwards typing of a companion.
func (c *Conn) chatState(d *Device, n *bin.Node) {
	if to := c.srv.user(attrJID(n, "to")); to != nil && len(n.GetChildren()) == 1 {
		c.srv.ChatState(d.User, to, first(n))
	}
}

// ChatState shows <composing/> or <paused/> of one user to another. Companions get it
// only after they said that they are available (read: whatsmeow presence.go says so of
// the real server).
func (s *Server) ChatState(from, to *User, state bin.Node) {
	if to.blocks(from.PN.User) {
		return
	}
	n := node("chatstate", bin.Attrs{"from": from.LID}, state)
	to.Primary.Receive(n)
	if !from.hidden.Load() && (from.byPhone.Load() || s.faultsOf(to).PhoneAddressed) {
		n = with(n, "from", from.PN)
	}
	for _, d := range to.Devices() {
		if d.available.Load() {
			d.tell(n)
		}
	}
}
