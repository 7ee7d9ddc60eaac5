package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bin "go.mau.fi/whatsmeow/binary"

	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/web"
)

// Errors of linking a companion.
var (
	// ErrQRExpired: the QR code's reference is unknown or was shown too long ago.
	ErrQRExpired = errors.New("the QR code has expired")
	// ErrNoOffer: no companion waits for a code for this phone number.
	ErrNoOffer = errors.New("no companion waits for a code")
	// ErrRefused: the phone refused (a fault or a passkey setting).
	ErrRefused = errors.New("the phone refused to link")
	// ErrBusy: another scan of the same companion is under way.
	ErrBusy = errors.New("the companion is being linked already")
)

// Passkey is what happens when a scan needs a passkey. Whether and when the real server
// asks for one is not known here; the stanzas are whatsmeow's (read: pair-passkey.go).
type Passkey struct {
	// Required asks the companion for a WebAuthn response after the scan.
	Required bool `json:"required"`
	// RefuseResponse answers the response with an error.
	RefuseResponse bool `json:"refuse_response,omitempty"`
	// RefuseConfirm answers the confirmation of the code with an error.
	RefuseConfirm bool `json:"refuse_confirm,omitempty"`
}

// RequirePasskey sets what the next scans do about passkeys.
func (a *Account) RequirePasskey(p Passkey) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	a.p.passkey = p
}

// Scan lets the phone scan the text of a QR code and returns when the companion has
// signed its device identity, or refuses. With a passkey required it returns after the
// companion has confirmed.
func (a *Account) Scan(ctx context.Context, qr string) error {
	q, err := phone.ParseQR(qr)
	if err != nil {
		return err
	}
	c := a.p.net.srv().Ref(q.Ref)
	if c == nil {
		return ErrQRExpired
	}
	noise := c.NoiseKey()
	if !slices.Equal(noise[:], q.Noise) || !slices.Equal(c.Identity(), q.Identity) {
		return phone.ErrQR
	}
	return a.link(c, func() error {
		a.p.mu.Lock()
		passkey := a.p.passkey
		a.p.mu.Unlock()
		if passkey.Required {
			return a.linkByPasskey(ctx, c, passkey)
		}
		return a.pair(ctx, c, q.Identity, q.AdvSecret)
	})
}

// link runs one way of linking, unless the phone refuses or is at it already.
func (a *Account) link(c *web.Conn, how func() error) error {
	if a.CurrentFaults().RefusePairing {
		return ErrRefused
	}
	if !c.Link() {
		return ErrBusy
	}
	defer c.Unlink()
	return how()
}

// pair gives the companion its device identity.
func (a *Account) pair(ctx context.Context, c *web.Conn, companion, advSecret []byte) error {
	u := a.p.user
	linked, err := phone.DeviceIdentity(a.p.endpoint.Identity(), companion, advSecret, u.NextDevice(), a.p.net.now())
	if err != nil {
		return err
	}
	_, err = c.Pair(ctx, u, linked)
	return err
}

// EnterCode types the eight characters ("ABCD-EFGH") that a companion shows for this
// phone number. A wrong code is [phone.ErrWrongCode] and links nothing.
func (a *Account) EnterCode(ctx context.Context, code string) error {
	c, offer, ok := a.p.net.srv().Offer(a.Phone())
	if !ok {
		return ErrNoOffer
	}
	return a.link(c, func() error { return a.linkByCode(ctx, c, offer, code) })
}

func (a *Account) linkByCode(ctx context.Context, c *web.Conn, offer web.CodeOffer, code string) error {
	l, err := phone.NewCodeLink(code, offer.Ephemeral)
	if err != nil {
		return err
	}
	identity := a.p.endpoint.Identity()
	c.Notify("link_code_companion_reg", bin.Node{
		Tag: "link_code_companion_reg", Attrs: bin.Attrs{"stage": "primary_hello"},
		Content: []bin.Node{
			{Tag: "link_code_pairing_ref", Content: offer.Ref},
			{Tag: "link_code_pairing_wrapped_primary_ephemeral_pub", Content: l.Wrapped},
			{Tag: "primary_identity_pub", Content: identity.Pub[:]},
		},
	})
	n, err := c.Await(ctx, "link_code_companion_reg")
	if err != nil {
		return err
	}
	c.Accept(n)
	reg := n.GetChildByTag("link_code_companion_reg")
	bundle, _ := reg.GetChildByTag("link_code_pairing_wrapped_key_bundle").Content.([]byte)
	companion, advSecret, err := l.Open(bundle, identity)
	if err != nil {
		return err
	}
	return a.pair(ctx, c, companion, advSecret)
}

// linkByPasskey asks for a passkey, compares codes and links.
func (a *Account) linkByPasskey(ctx context.Context, c *web.Conn, p Passkey) error {
	c.Notify("passkey_prologue_request", bin.Node{Tag: "passkey_request_options", Content: passkeyOptions()})
	n, err := c.Await(ctx, "passkey_prologue")
	if err != nil {
		return err
	}
	if p.RefuseResponse {
		c.Refuse(n, 403, "forbidden")
		return ErrRefused
	}
	prologue, _ := n.GetChildByTag("passkey_prologue", "prologue_payload").Content.([]byte)
	l, err := phone.NewPasskeyLink(prologue)
	if err != nil {
		c.Refuse(n, 400, "bad-request")
		return err
	}
	c.Accept(n)
	c.Notify("crsc_continuation", bin.Node{Tag: "primary_ephemeral_identity", Content: l.Hello})
	if n, err = c.Await(ctx, "companion_nonce"); err != nil {
		return err
	}
	c.Accept(n)
	nonce, _ := n.GetChildByTag("companion_nonce").Content.([]byte)
	if _, err := l.Reveal(nonce); err != nil {
		return err
	}
	return a.confirmPasskey(ctx, c, p, l)
}

func (a *Account) confirmPasskey(ctx context.Context, c *web.Conn, p Passkey, l *phone.PasskeyLink) error {
	n, err := c.Await(ctx, "encrypted_pairing_request")
	if err != nil {
		return err
	}
	if p.RefuseConfirm {
		c.Refuse(n, 403, "forbidden")
		return ErrRefused
	}
	request, _ := n.GetChildByTag("encrypted_pairing_request").Content.([]byte)
	_, companion, advSecret, err := l.Open(request)
	if err != nil {
		c.Refuse(n, 400, "bad-request")
		return fmt.Errorf("passkey: %w", err)
	}
	c.Accept(n)
	return a.pair(ctx, c, companion, advSecret)
}

// ready gives a companion that logged in for the first time what its phone gives: the app
// state key, with which it reads the push name, and what OnPaired sends. Source of the
// order: seen.
func (n *Network) ready(ctx context.Context, d *web.Device, firstTime bool) {
	p := n.lookUp(d.User.PN)
	if p == nil {
		return
	}
	n.online(p, d, true)
	if !firstTime {
		return
	}
	if d.User.AppState.Version("critical_block") == 0 {
		if err := p.writePushName(ctx, p.account.PushName()); err != nil {
			n.srv().Log.Error("push name", "err", err)
		}
	}
	if _, err := p.sendPeer(ctx, int(d.ID), p.appState().Share(n.now().UnixMilli())); err != nil {
		n.srv().Log.Error("app state key", "err", err)
	}
	if n.OnPaired != nil {
		n.OnPaired(ctx, &p.account, companion(d))
	}
}

func (n *Network) gone(d *web.Device) {
	if p := n.lookUp(d.User.PN); p != nil {
		n.online(p, d, false)
	}
}

func (n *Network) online(p *person, d *web.Device, on bool) {
	if n.OnOnline != nil {
		n.OnOnline(&p.account, companion(d), on)
	}
}
