package web

import (
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// envelope is how the message looks to a device of u: from the other, or, for the
// sender's own devices, from itself to the chat.
func (s *Server) envelope(m Message, n *bin.Node, u *User, jid types.JID) bin.Attrs {
	attrs := bin.Attrs{"id": m.ID, "t": seconds(s.now(u)), "type": attr(n, "type")}
	if name := m.From.PushName(); name != "" {
		attrs["notify"] = name
	}
	if edit := attr(n, "edit"); edit != "" {
		attrs["edit"] = edit
	}
	f := s.faultsOf(u)
	byLID := jid.Server == types.HiddenUserServer && !s.phoneAddressed(m, u, jid, f)
	from, alt, altName := m.From.PN, m.From.LID, "sender_lid"
	chat, chatAlt, chatAltName := m.To.PN, m.To.LID, "peer_recipient_lid"
	if byLID {
		from, alt, altName = m.From.LID, m.From.PN, "sender_pn"
		chat, chatAlt, chatAltName = m.To.LID, m.To.PN, "peer_recipient_pn"
	}
	attrs["from"] = device(from, m.Device)
	switch {
	case u == m.From && m.To != m.From:
		attrs["recipient"] = chat
		if !m.To.hidden.Load() && !f.NoAlias {
			attrs[chatAltName] = chatAlt
		}
	case !m.From.hidden.Load() && !f.NoAlias:
		attrs[altName] = alt
	}
	return attrs
}

// phoneAddressed reports whether the chat of a message is still addressed by phone number
// for a companion of u.
func (s *Server) phoneAddressed(m Message, u *User, jid types.JID, f *Faults) bool {
	other := m.From
	if u == m.From {
		other = m.To
	}
	return jid.Device != 0 && !other.hidden.Load() && (f.PhoneAddressed || other.byPhone.Load())
}
