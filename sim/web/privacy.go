package web

import (
	"crypto/sha256"

	bin "go.mau.fi/whatsmeow/binary"
)

// privacy answers the privacy settings (whatsmeow asks once before the first read
// receipt) and takes privacy tokens, which it hands to the other side: later sends to
// that account carry them (seen).
func (c *Conn) privacy(d *Device, n *bin.Node) {
	child := first(n)
	switch {
	case child.Tag == "tokens":
		c.result(n)
		c.tokens(d, child)
	case attr(n, "type") == "set":
		c.result(n)
	default:
		c.result(n, node("privacy", nil,
			category("readreceipts", "all"), category("profile", "all"), category("status", "all"),
			category("online", "all"), category("last", "all"), category("groupadd", "all"), category("calladd", "all")))
	}
}

func category(name, value string) bin.Node {
	return node("category", bin.Attrs{"name": name, "value": value})
}

func (c *Conn) tokens(d *Device, tokens bin.Node) {
	for _, t := range tokens.GetChildren() {
		u := c.srv.user(attrJID(&t, "jid"))
		if u == nil {
			continue
		}
		sum := sha256.Sum256([]byte("token " + d.User.LID.User + " " + u.LID.User))
		c.srv.Token(d.User, u, attr(&t, "t"), sum[:16])
	}
}

// Token gives the companions of one user the privacy token of another.
func (s *Server) Token(of, to *User, t string, token []byte) {
	for _, d := range to.Devices() {
		s.notify(d, "privacy_token", of.PN, bin.Attrs{"sender_lid": of.LID}, node("tokens", nil,
			bin.Node{Tag: "token", Attrs: bin.Attrs{"jid": to.LID, "t": t, "type": "trusted_contact"}, Content: token}))
	}
}
