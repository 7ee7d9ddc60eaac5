package web

import (
	"strconv"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// notify queues a notification for a companion.
func (s *Server) notify(d *Device, kind string, from types.JID, attrs bin.Attrs, children ...bin.Node) {
	if attrs == nil {
		attrs = bin.Attrs{}
	}
	attrs["type"], attrs["from"] = kind, from
	attrs["id"], attrs["t"] = s.nextID(), seconds(s.now(d.User))
	d.push(node("notification", attrs, children...), nil, s.faultsOf(d.User))
}

// announce tells the account's other companions and everybody who may have cached its
// devices that one came or went. LIDs are used throughout: whatsmeow caches only the LID
// list and ignores a notification about phone numbers, which makes a new companion miss
// messages until a retry repairs it (seen).
func (s *Server) announce(u *User, changed *Device, added bool) {
	list := u.jids(u.LID)
	hash := listHash(list)
	own := node("devices", bin.Attrs{"dhash": hash})
	var children []bin.Node
	for _, jid := range list {
		children = append(children, node("device", bin.Attrs{"jid": jid}))
	}
	own.Content = children
	for _, d := range u.Devices() {
		if d != changed {
			s.notify(d, "account_sync", u.LID, nil, own)
		}
	}
	tag := "remove"
	if added {
		tag = "add"
	}
	index := strconv.FormatUint(uint64(changed.keyIndex), 10)
	child := node(tag, bin.Attrs{"device_hash": hash},
		node("device", bin.Attrs{"jid": changed.LID(), "key-index": index}),
		node("key-index-list", bin.Attrs{"ts": seconds(s.now(u))}))
	for _, d := range s.companions(u) {
		s.notify(d, "devices", u.LID, nil, child)
	}
}

// companions returns the companions of everybody but u that have met u.
func (s *Server) companions(u *User) []*Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Device
	for c := range s.conns {
		if d := c.dev.Load(); d != nil && d.User != u && (d.User.knows(u.PN.User) || u.knows(d.User.PN.User)) {
			out = append(out, d)
		}
	}
	return out
}

// Timelock tells a user's companions of a reach-out time lock; the zero lock is the empty
// notification, whose meaning is unknown.
func (s *Server) Timelock(u *User, active bool, enforcement string, ends time.Time) {
	lock := map[string]any{}
	if active {
		lock["is_active"] = true
	}
	if enforcement != "" {
		lock["enforcement_type"] = enforcement
	}
	if !ends.IsZero() {
		lock["time_enforcement_ends"] = seconds(ends)
	}
	if len(lock) > 0 {
		u.timelock.Store(&lock)
	}
	s.mexNotify(u, "NotificationUserReachoutTimelockUpdate", "xwa2_notify_account_reachout_timelock", lock)
}

// PreKeysLow throws all but left one-time keys of a user's companions away and tells them.
func (s *Server) PreKeysLow(u *User, left int) {
	for _, d := range u.Devices() {
		d.prekeys.keep(left)
		s.notify(d, "encrypt", types.ServerJID, nil, node("count", bin.Attrs{"value": strconv.Itoa(left)}))
	}
}

// Dirty tells a user's companions that something changed on the phone.
func (s *Server) Dirty(u *User, kind string) {
	n := node("ib", bin.Attrs{"from": types.ServerJID}, node("dirty", bin.Attrs{"type": kind, "timestamp": seconds(s.now(u))}))
	for _, d := range u.Devices() {
		d.tell(n)
	}
}

// End ends the connections of a user's companions with the last stanzas.
func (s *Server) End(u *User, last ...bin.Node) {
	for _, d := range u.Devices() {
		d.cut(last...)
	}
}

// Replace tells the companions that their session was opened elsewhere.
func (s *Server) Replace(u *User) { s.End(u, replaced()) }

// StreamError ends the connections with a stream error.
func (s *Server) StreamError(u *User, code int) {
	s.End(u, node("stream:error", bin.Attrs{"code": strconv.Itoa(code)}))
}

// EndStream ends the connections with the end of the stream.
func (s *Server) EndStream(u *User) { s.End(u, node("xmlstreamend", nil)) }

// Garbage sends the companions a frame that does not decrypt.
func (s *Server) Garbage(u *User) {
	for _, d := range u.Devices() {
		d.mu.Lock()
		if d.conn != nil {
			d.conn.garbage()
		}
		d.mu.Unlock()
	}
}

// Push sends the companions any stanza.
func (s *Server) Push(u *User, n bin.Node) {
	for _, d := range u.Devices() {
		d.mu.Lock()
		if d.conn != nil {
			d.conn.send(n)
		}
		d.mu.Unlock()
	}
}
