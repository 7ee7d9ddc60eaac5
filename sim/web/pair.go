package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// ErrGone is returned when the companion's connection ends while it is being linked.
var ErrGone = errors.New("the companion is gone")

// CodeOffer is a companion that waits for its code to be typed on the phone.
type CodeOffer struct {
	Ref       []byte
	Ephemeral []byte // the wrapped ephemeral key, 80 bytes
}

// offerPairing sends the QR references. They live as long as the connection, but no
// longer than RefLife.
func (c *Conn) offerPairing() {
	s := c.srv
	children := make([]bin.Node, s.Refs)
	s.mu.Lock()
	c.refsUntil = s.Now().Add(s.RefLife)
	for i := range children {
		ref := fmt.Sprintf("2@%s%s", s.nextID(), strconv.FormatInt(s.Now().UnixNano(), 36))
		s.refs[ref] = c
		c.refs = append(c.refs, ref)
		children[i] = blob("ref", []byte(ref))
	}
	s.mu.Unlock()
	c.send(node("iq", bin.Attrs{"from": types.ServerJID, "type": "set", "id": s.nextID(), "xmlns": "md"},
		node("pair-device", nil, children...)))
}

// Ref returns the unpaired connection that showed a QR reference, or nil when the
// reference is unknown or has expired.
func (s *Server) Ref(ref string) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.refs[ref]
	if c == nil || s.Now().After(c.refsUntil) {
		return nil
	}
	return c
}

// Offer returns the connection that waits for a code to be typed on this phone.
func (s *Server) Offer(phone string) (*Conn, CodeOffer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[phone]
	if c == nil {
		return nil, CodeOffer{}, false
	}
	return c, c.code, true
}

// NoiseKey is the client's Noise key, which the QR code names too.
func (c *Conn) NoiseKey() [32]byte { return c.static }

// Pairing is what the client said about itself when it registered.
func (c *Conn) pairing() (registration, signedID uint32, key, signature []byte, platform string) {
	data := c.payload.GetDevicePairingData()
	var reg uint32
	for _, b := range data.GetERegid() {
		reg = reg<<8 | uint32(b)
	}
	var props waCompanionReg.DeviceProps
	if proto.Unmarshal(data.GetDeviceProps(), &props) == nil {
		platform = props.GetOs()
	}
	return reg, uint24(data.GetESkeyID()), data.GetESkeyVal(), data.GetESkeySig(), platform
}

// Identity is the client's identity key.
func (c *Conn) Identity() []byte { return c.payload.GetDevicePairingData().GetEIdent() }

// md handles the namespace of linking.
func (c *Conn) md(d *Device, n *bin.Node) {
	child := first(n)
	switch {
	case child.Tag == "remove-companion-device":
		c.removeCompanion(d, n)
	case d != nil:
		c.refuse(n, 400, "bad-request")
	case child.Tag == "link_code_companion_reg" && attr(&child, "stage") == "companion_hello":
		c.codeHello(n, child)
	case child.Tag == "ref":
		c.result(n, blob("ref", []byte(c.refs[0])))
	case c.linking.Load():
		c.step(n)
	default:
		c.refuse(n, 400, "bad-request")
	}
}

// codeHello keeps the offer until somebody types the code.
func (c *Conn) codeHello(n *bin.Node, child bin.Node) {
	jid := attrJID(&child, "jid")
	s := c.srv
	c.mu.Lock()
	ref := []byte(s.nextID())
	c.mu.Unlock()
	s.mu.Lock()
	c.code = CodeOffer{Ref: ref, Ephemeral: content(child.GetChildByTag("link_code_pairing_wrapped_companion_ephemeral_pub"))}
	c.codePhone = jid.User
	s.codes[jid.User] = c
	s.mu.Unlock()
	c.result(n, node("link_code_companion_reg", nil, blob("link_code_pairing_ref", ref)))
}

func (c *Conn) step(n *bin.Node) {
	select {
	case c.steps <- n:
	default:
		c.refuse(n, 429, "rate-overlimit")
	}
}

// Link says that a phone is about to link this connection; requests about the pairing
// then go to Await. It reports false when another phone already does. Unlink ends it.
func (c *Conn) Link() bool { return c.linking.CompareAndSwap(false, true) }

// Unlink ends Link and refuses what was asked meanwhile and nobody took.
func (c *Conn) Unlink() {
	c.linking.Store(false)
	for {
		select {
		case n := <-c.steps:
			c.refuse(n, 400, "bad-request")
		default:
			return
		}
	}
}

// Await returns the next request about the pairing whose child has the tag, and refuses
// others. The caller answers with Accept or Refuse.
func (c *Conn) Await(ctx context.Context, tag string) (*bin.Node, error) {
	for {
		select {
		case n := <-c.steps:
			if first(n).Tag == tag {
				return n, nil
			}
			c.refuse(n, 400, "bad-request")
		case <-c.ctx.Done():
			return nil, ErrGone
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Accept answers a request that Await returned.
func (c *Conn) Accept(n *bin.Node) { c.result(n) }

// Refuse answers a request that Await returned with an error.
func (c *Conn) Refuse(n *bin.Node, code int, text string) { c.refuse(n, code, text) }

// Notify sends the unpaired client a notification.
func (c *Conn) Notify(kind string, child bin.Node) {
	c.send(node("notification", bin.Attrs{
		"type": kind, "from": types.ServerJID, "id": c.srv.nextID(), "t": seconds(c.srv.now(nil)),
	}, child))
}

// ask sends a request and waits for the client's answer.
func (c *Conn) ask(ctx context.Context, n bin.Node) (*bin.Node, error) {
	id := attr(&n, "id")
	answer := make(chan *bin.Node, 1)
	c.mu.Lock()
	c.asked[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.asked, id)
		c.mu.Unlock()
	}()
	c.send(n)
	select {
	case n := <-answer:
		return n, nil
	case <-c.ctx.Done():
		return nil, ErrGone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Conn) answered(n *bin.Node) {
	c.mu.Lock()
	answer := c.asked[attr(n, "id")]
	c.mu.Unlock()
	if answer != nil {
		select {
		case answer <- n:
		default:
		}
	}
}

// Linked is a device identity made by the phone for one companion.
type Linked struct {
	DeviceID  uint8
	KeyIndex  uint32
	Container []byte // ADVSignedDeviceIdentityHMAC
	// Verify checks what the companion signed.
	Verify func(signed []byte) error
}

// Pair sends pair-success, checks the companion's signature, makes the device and asks
// the client to reconnect (515). The client closes; closing here would lose the 515,
// which left 37 of 40 clients dead for ever (seen).
func (c *Conn) Pair(ctx context.Context, u *User, l Linked) (*Device, error) {
	s := c.srv
	if len(u.Devices()) >= maxCompanions {
		return nil, fmt.Errorf("%d companions are linked already", maxCompanions)
	}
	answer, err := c.ask(ctx, node("iq", bin.Attrs{
		"from": types.ServerJID, "type": "set", "id": s.nextID(), "xmlns": "md", "t": seconds(s.now(u)),
	}, node("pair-success", nil,
		blob("device-identity", l.Container),
		node("device", bin.Attrs{"jid": device(u.PN, l.DeviceID), "lid": device(u.LID, l.DeviceID)}),
		node("platform", bin.Attrs{"name": "android"}))))
	if err != nil {
		return nil, err
	}
	if attr(answer, "type") != "result" {
		e := answer.GetChildByTag("error")
		return nil, fmt.Errorf("the companion refused: %s %s", attr(&e, "code"), attr(&e, "text"))
	}
	if err := l.Verify(content(answer.GetChildByTag("pair-device-sign", "device-identity"))); err != nil {
		return nil, err
	}
	d := c.newDevice(u, l)
	u.add(d)
	s.announce(u, d, true)
	s.forget(c)
	c.end(10*time.Second, node("stream:error", bin.Attrs{"code": "515"}))
	return d, nil
}

func (c *Conn) newDevice(u *User, l Linked) *Device {
	reg, id, key, signature, platform := c.pairing()
	d := &Device{User: u, ID: l.DeviceID, Platform: platform, PairedAt: c.srv.Now(), noise: c.static, keyIndex: l.KeyIndex}
	copy(d.identity[:], c.Identity())
	d.prekeys.setSigned(reg, id, key, signature)
	return d
}

// NextDevice reserves the number of the next companion.
func (u *User) NextDevice() uint8 { return u.nextID() }

// removeCompanion is a log-out by the client itself.
func (c *Conn) removeCompanion(d *Device, n *bin.Node) {
	if d == nil {
		c.refuse(n, 401, "not-authorized")
		return
	}
	child := first(n)
	target := d.User.Device(int(attrJID(&child, "jid").Device))
	if target == nil {
		c.refuse(n, 404, "item-not-found")
		return
	}
	c.result(n)
	c.srv.Remove(target)
}

// Remove unlinks a companion: it is told 401 device_removed, and everybody who has its
// list of devices is told too.
func (s *Server) Remove(d *Device) {
	if !d.User.remove(d) {
		return
	}
	d.mu.Lock()
	d.removed, d.queue = true, nil
	d.mu.Unlock()
	d.cut(node("stream:error", bin.Attrs{"code": "401"}, node("conflict", bin.Attrs{"type": "device_removed"})))
	s.announce(d.User, d, false)
}
