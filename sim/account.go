package sim

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/web"
)

// ErrNoCompanion is returned for a device number that is not linked.
var ErrNoCompanion = errors.New("no such companion")

// Companion is a linked device of an account.
type Companion struct {
	Phone    string    `json:"phone"`
	Device   int       `json:"device"`
	Platform string    `json:"platform"`
	Online   bool      `json:"online"`
	Queued   int       `json:"queued"` // stanzas that wait for its acknowledgement
	PreKeys  int       `json:"prekeys"`
	PairedAt time.Time `json:"paired_at"`
}

// Account is a phone number with WhatsApp on a simulated phone, which links companions.
// The phone decrypts what it gets and says nothing by itself.
type Account struct{ p *person }

// Phone is the account's number, digits only.
func (a *Account) Phone() string { return a.p.number() }

// LID is the user part of the account's hidden id.
func (a *Account) LID() string { return a.p.user.LID.User }

// PushName is the name that others see; until one is set it is the phone number.
func (a *Account) PushName() string {
	if name := a.p.user.PushName(); name != "" {
		return name
	}
	return a.Phone()
}

// SetPushName changes the name and tells the companions.
func (a *Account) SetPushName(name string) {
	a.p.user.SetPushName(name)
	srv := a.p.net.srv()
	if err := a.p.writePushName(context.Background(), name); err != nil {
		srv.Log.Error("push name", "err", err)
		return
	}
	srv.SyncAppState(a.p.user, "critical_block", nil)
}

// appState returns the account's key for its settings.
func (p *person) appState() *phone.AppStateKeys {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		p.keys = phone.NewAppStateKeys(p.net.Seed, p.number())
	}
	return p.keys
}

func (p *person) writePushName(ctx context.Context, name string) error {
	const collection = "critical_block"
	for {
		patch, base, err := p.appState().PushName(ctx, name, func(version uint64) [][]byte {
			return p.user.AppState.Since(collection, version)
		})
		if err != nil {
			return err
		}
		if p.user.AppState.Append(collection, base, patch) {
			return nil
		}
	}
}

// Companions returns the linked devices.
func (a *Account) Companions() []Companion {
	var out []Companion
	for _, d := range a.p.user.Devices() {
		out = append(out, companion(d))
	}
	return out
}

func companion(d *web.Device) Companion {
	return Companion{
		Phone: d.User.PN.User, Device: int(d.ID), Platform: d.Platform, Online: d.Online(),
		Queued: d.Queued(), PreKeys: d.PreKeys(), PairedAt: d.PairedAt,
	}
}

// Unlink removes a companion, as a person does on the phone: 401 device_removed.
func (a *Account) Unlink(device int) error {
	d := a.p.user.Device(device)
	if d == nil {
		return ErrNoCompanion
	}
	a.p.net.srv().Remove(d)
	return nil
}

// SetFaults changes what is wrong for this account, also for its open connections.
func (a *Account) SetFaults(change func(*Faults)) { a.p.net.srv().SetFaults(a.p.user, change) }

// CurrentFaults returns what is wrong for this account, with what is wrong for all.
func (a *Account) CurrentFaults() Faults { return a.p.net.srv().FaultsOf(a.p.user) }

// Replace tells the companions that their session was opened elsewhere and cuts them.
func (a *Account) Replace() { a.p.net.srv().Replace(a.p.user) }

// StreamError sends <stream:error code/> to the companions and cuts them.
func (a *Account) StreamError(code int) { a.p.net.srv().StreamError(a.p.user, code) }

// EndStream sends <xmlstreamend/> and cuts.
func (a *Account) EndStream() { a.p.net.srv().EndStream(a.p.user) }

// Cut closes the companions' connections without a word.
func (a *Account) Cut() { a.p.net.srv().End(a.p.user) }

// Garbage sends the companions a frame that cannot be decrypted.
func (a *Account) Garbage() { a.p.net.srv().Garbage(a.p.user) }

// Push sends the companions any stanza, as it stands: what a client makes of nonsense. The ledger knows nothing of it.
func (a *Account) Push(n bin.Node) { a.p.net.srv().Push(a.p.user, n) }

// PreKeysLow tells the companions that so many one-time prekeys are left and throws the
// others away.
func (a *Account) PreKeysLow(left int) { a.p.net.srv().PreKeysLow(a.p.user, left) }

// Dirty tells the companions that something changed on the phone; whatsmeow ignores it.
func (a *Account) Dirty(kind string) { a.p.net.srv().Dirty(a.p.user, kind) }

// Reports returns how often contacts reported the account.
func (a *Account) Reports() int {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	return a.p.reports
}

// Write sends a text from the phone itself; the companions see it as their own.
func (a *Account) Write(ctx context.Context, to *Contact, text string) (id string, err error) {
	return a.p.write(ctx, to.p, "", &waE2E.Message{Conversation: &text})
}

// WaitFor returns the oldest message on the account's phone that matches and was not
// returned before: what contacts wrote, and what companions sent (FromMe).
func (a *Account) WaitFor(ctx context.Context, match Match) (Incoming, error) {
	return a.p.waitFor(ctx, match)
}

// Inbox returns what the account's phone has decrypted, oldest first.
func (a *Account) Inbox() []Incoming { return a.p.messages() }

// SendPeer sends a protocol message from the phone to one of its companions.
func (a *Account) SendPeer(ctx context.Context, device int, m *waE2E.Message) (id string, err error) {
	return a.p.sendPeer(ctx, device, m)
}

func (p *person) sendPeer(ctx context.Context, device int, m *waE2E.Message) (string, error) {
	d := p.user.Device(device)
	if d == nil {
		return "", ErrNoCompanion
	}
	plain, err := proto.Marshal(m)
	if err != nil {
		return "", err
	}
	id := newID()
	p.remember(sentMessage{id: id, to: p, kind: "text", plain: plain})
	p.writing.Lock()
	defer p.writing.Unlock()
	enc, err := p.seal(ctx, d.LID(), plain, nil)
	if err != nil {
		return "", err
	}
	return id, p.net.srv().Send(p.user, bin.Node{
		Tag: "message", Attrs: bin.Attrs{"id": id, "to": d.LID(), "type": "text", "category": "peer"}, Content: []bin.Node{enc},
	})
}

// peer handles what a companion asks of the phone: only its app state key.
func (p *person) peer(ctx context.Context, device int, m *waE2E.Message) {
	if m.GetProtocolMessage().GetType() == waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_REQUEST {
		_, _ = p.sendPeer(ctx, device, p.appState().Share(p.net.now().UnixMilli()))
	}
}

// passkeyOptions is a plausible WebAuthn request.
func passkeyOptions() []byte {
	out, err := json.Marshal(map[string]any{
		"challenge": "c2ltdWxhdGVkIGNoYWxsZW5nZQ", "timeout": 60000, "rpId": "whatsapp.com", "userVerification": "preferred",
		"allowCredentials": []map[string]any{{"id": "c2ltdWxhdGVk", "type": "public-key", "transports": []string{"internal"}}},
		"extensions":       map[string]any{},
	})
	if err != nil {
		return nil
	}
	return out
}

// Network is the network of the account.
func (a *Account) Network() *Network { return a.p.net }
