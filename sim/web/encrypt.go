package web

import (
	"crypto/sha1"
	"strconv"

	bin "go.mau.fi/whatsmeow/binary"
)

// encrypt handles the namespace of prekeys: count, upload, bundles, digest.
func (c *Conn) encrypt(d *Device, n *bin.Node) {
	child := first(n)
	switch {
	case attr(n, "type") == "set":
		c.uploadKeys(d, n)
	case child.Tag == "count":
		count := d.prekeys.count()
		if c.faults().NoPreKeys {
			count = 0
		}
		c.result(n, node("count", bin.Attrs{"value": strconv.Itoa(count)}))
	case child.Tag == "key":
		c.bundles(n, child)
	case child.Tag == "digest":
		c.digest(d, n)
	default:
		c.refuse(n, 400, "bad-request")
	}
}

func (c *Conn) uploadKeys(d *Device, n *bin.Node) {
	skey := n.GetChildByTag("skey")
	if skey.Tag == "skey" {
		var registration uint32
		for _, b := range content(n.GetChildByTag("registration")) {
			registration = registration<<8 | uint32(b)
		}
		d.prekeys.setSigned(registration, uint24(content(skey.GetChildByTag("id"))),
			content(skey.GetChildByTag("value")), content(skey.GetChildByTag("signature")))
	}
	d.prekeys.upload(n.GetChildByTag("list"))
	c.result(n)
}

// bundles answers with a bundle per asked device, under the very JID that was asked.
func (c *Conn) bundles(n *bin.Node, keys bin.Node) {
	var out []bin.Node
	for _, ask := range keys.GetChildren() {
		jid := attrJID(&ask, "jid")
		attrs := bin.Attrs{"jid": jid, "t": seconds(c.srv.now(c.user()))}
		b, ok := c.srv.bundle(c.srv.user(jid), int(jid.Device))
		if !ok {
			out = append(out, node("user", attrs, node("error", bin.Attrs{"code": "404", "text": "item-not-found"})))
			continue
		}
		out = append(out, node("user", attrs, bundleNodes(b)...))
	}
	c.result(n, node("list", nil, out...))
}

func (s *Server) bundle(u *User, id int) (Bundle, bool) {
	if u == nil {
		return Bundle{}, false
	}
	if id == 0 {
		return u.Primary.Bundle(), true
	}
	d := u.Device(id)
	if d == nil {
		return Bundle{}, false
	}
	return d.prekeys.take(d.identity, !s.faultsOf(u).NoPreKeys), true
}

// Bundle returns what the phone side needs to write to a companion.
func (s *Server) Bundle(d *Device) Bundle {
	return d.prekeys.take(d.identity, !s.faultsOf(d.User).NoPreKeys)
}

func bundleNodes(b Bundle) []bin.Node {
	out := []bin.Node{
		blob("registration", bytes32(b.Registration)),
		blob("type", []byte{5}),
		blob("identity", b.Identity[:]),
	}
	if b.OneTime != nil {
		out = append(out, node("key", nil, blob("id", bytes24(b.OneTime.ID)), blob("value", b.OneTime.Key[:])))
	}
	return append(out, node("skey", nil,
		blob("id", bytes24(b.SignedID)), blob("value", b.SignedKey[:]), blob("signature", b.Signature[:])))
}

// digest tells what the server has; other companion libraries ask for it (seen).
func (c *Conn) digest(d *Device, n *bin.Node) {
	b := d.prekeys.take(d.identity, false)
	sum := sha1.New()
	sum.Write(b.Identity[:])
	sum.Write(b.SignedKey[:])
	sum.Write(b.Signature[:])
	c.result(n, node("digest", nil,
		blob("registration", bytes32(b.Registration)), blob("type", []byte{5}), blob("identity", b.Identity[:]),
		node("skey", nil, blob("id", bytes24(b.SignedID)), blob("value", b.SignedKey[:]), blob("signature", b.Signature[:])),
		node("list", nil), blob("hash", sum.Sum(nil))))
}

// ReceiptKeys reads the keys that a device sends with a retry receipt, from the second
// one on.
func ReceiptKeys(n *bin.Node) (Bundle, bool) {
	keys, ok := n.GetOptionalChildByTag("keys")
	if !ok {
		return Bundle{}, false
	}
	var b Bundle
	for _, v := range content(n.GetChildByTag("registration")) {
		b.Registration = b.Registration<<8 | uint32(v)
	}
	copy(b.Identity[:], content(keys.GetChildByTag("identity")))
	skey := keys.GetChildByTag("skey")
	b.SignedID = uint24(content(skey.GetChildByTag("id")))
	copy(b.SignedKey[:], content(skey.GetChildByTag("value")))
	copy(b.Signature[:], content(skey.GetChildByTag("signature")))
	if key, ok := keys.GetOptionalChildByTag("key"); ok {
		b.OneTime = &OneTimeKey{ID: uint24(content(key.GetChildByTag("id")))}
		copy(b.OneTime.Key[:], content(key.GetChildByTag("value")))
	}
	return b, true
}

// KeyNodes writes a bundle as the children of a retry receipt.
func KeyNodes(b Bundle) []bin.Node {
	nodes := bundleNodes(b)
	return []bin.Node{nodes[0], {Tag: "keys", Content: nodes[1:]}}
}
