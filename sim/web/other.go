package web

import (
	bin "go.mau.fi/whatsmeow/binary"
)

// other answers the small namespaces, and 501 to the unknown ones.
func (c *Conn) other(d *Device, n *bin.Node, xmlns string) {
	switch xmlns {
	case "w:m":
		// All four attributes are required; the host reaches us through the redirect.
		c.result(n, node("media_conn", bin.Attrs{"auth": "sim", "ttl": "3600", "auth_ttl": "3600", "max_buckets": "12"},
			node("host", bin.Attrs{"hostname": "mmg.whatsapp.net"})))
	case "w:mex":
		c.mex(d, n)
	case "w:profile:picture":
		c.picture(n)
	case "abt":
		c.result(n, node("props", bin.Attrs{"protocol": "1", "refresh": "86400"}))
	case "blocklist":
		c.result(n, bin.Node{Tag: "list", Attrs: bin.Attrs{"dhash": "1"}, Content: []bin.Node{}})
	case "urn:xmpp:whatsapp:push", "urn:xmpp:whatsapp:dirty", "w:stats", "disappearing_mode", "status", "w:g2:ack":
		c.result(n)
	default:
		c.refuse(n, 501, "feature-not-implemented")
	}
}

// Picture is a user's profile picture.
type Picture struct {
	ID         string `json:"id"`
	URL        string `json:"url"`
	DirectPath string `json:"direct_path"`
}

// picture answers where a user's profile picture is, or 404 for none.
func (c *Conn) picture(n *bin.Node) {
	var p Picture
	if u := c.srv.user(attrJID(n, "target")); u != nil && c.srv.Picture != nil {
		p = c.srv.Picture(u.PN.User)
	}
	if p.ID == "" {
		c.refuse(n, 404, "item-not-found")
		return
	}
	ask := first(n)
	c.result(n, node("picture", bin.Attrs{"id": p.ID, "url": p.URL, "direct_path": p.DirectPath, "type": attr(&ask, "type")}))
}
