package web

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/wa"
)

// FuzzPast reads any part of a past. What is compressed here is what a phone tells: it is not the compression that is looked at.
func FuzzPast(f *testing.F) {
	for _, part := range (history.Plan{Seed: 3, Chats: 2, Messages: 2}).Parts() {
		var raw bytes.Buffer
		if _, err := part.WriteTo(&raw); err != nil {
			f.Fatal(err)
		}
		f.Add(raw.Bytes())
	}
	f.Add([]byte{0x12, 0})
	f.Fuzz(func(t *testing.T, told []byte) {
		p := deflated(t, func(w io.Writer) { _, _ = w.Write(told) })
		_, chats, err := p.overview()
		if err != nil {
			return
		}
		_ = p.messages(func(chat int, _ *waHistorySync.HistorySyncMsg) error {
			if chat >= len(chats) {
				t.Errorf("a message of chat %d of %d", chat, len(chats))
			}
			return nil
		})
	})
}

// FuzzCompressedPast reads what is no stream of zlib's.
func FuzzCompressedPast(f *testing.F) {
	var out bytes.Buffer
	if err := (history.Plan{Seed: 3, Chats: 1, Messages: 1}).Parts()[0].Compress(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte{0x78, 0x9c})
	f.Fuzz(func(_ *testing.T, compressed []byte) {
		p := past{compressed}
		if _, _, err := p.overview(); err == nil {
			_ = p.messages(func(int, *waHistorySync.HistorySyncMsg) error { return nil })
		}
	})
}

// FuzzDeviceRecord reads any record of the device store.
func FuzzDeviceRecord(f *testing.F) {
	f.Add([]byte(`{"jid":"6281@s.whatsapp.net","noise":[1,2],"account":"AA=="}`))
	f.Add([]byte(`{"jid":7}`))
	f.Fuzz(func(_ *testing.T, value []byte) {
		_, _ = decodeDevice(value)
		if flight, err := decodeFlight(value); err == nil {
			_ = flight.encode()
		}
	})
}

// FuzzProxy reads any text as a proxy.
func FuzzProxy(f *testing.F) {
	for _, seed := range []string{"", "socks5://a:b@127.0.0.1:1", "http://[::1]:80", "http://%zz", "socks5://", "//x", "https://a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if u, err := ParseProxy(text); err == nil && u.Hostname() == "" {
			t.Errorf("%q is a proxy nowhere", text)
		}
	})
}

// FuzzMessage reads whatever a stranger put into a message.
func FuzzMessage(f *testing.F) {
	for _, m := range []*waE2E.Message{
		{Conversation: proto.String("halo")},
		{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("a"), ContextInfo: &waE2E.ContextInfo{StanzaID: proto.String("1"),
			Participant: proto.String("62@s.whatsapp.net"), QuotedMessage: &waE2E.Message{Conversation: proto.String("b")}}}},
		{ImageMessage: &waE2E.ImageMessage{Caption: proto.String("c")}},
		{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{Conversation: proto.String("d")}}},
		{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum()}},
	} {
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	someone := types.NewJID("6285700000001", types.DefaultUserServer)
	c := &conn{ctx: context.Background(), client: whatsmeow.NewClient(newDevice(), nil)}
	c.lids = lidMap{newRing(noDevices{}, wa.NumberRef{}, newCache(0), 1, time.Now, func(error) {}), nil}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &waE2E.Message{}
		if proto.Unmarshal(raw, m) != nil {
			return
		}
		e := &events.Message{Message: m, RawMessage: m, Info: types.MessageInfo{ID: "1", MessageSource: types.MessageSource{Chat: someone, Sender: someone}}}
		if in, ok := c.incoming(e.UnwrapRaw()); ok && in.Contact.Phone != "+6285700000001" { // its text is made fit by who stores it
			t.Errorf("from %+v", in.Contact)
		}
	})
}

// noDevices is a device store with nothing in it.
type noDevices struct{ DeviceStore }

func (noDevices) LIDs(context.Context, string, ...string) (map[string]string, error) { return nil, nil }
func (noDevices) Phones(context.Context, string, ...string) (map[string]string, error) {
	return nil, nil
}

// FuzzHandshake follows any handshake and whatever comes after it.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0x1a, 0x22, 0x0a, 0x20}, []byte{0, 248, 1, 19})
	key := keys.NewKeyPair()
	f.Fuzz(func(_ *testing.T, hello, frame []byte) {
		l := &listener{ephemeral: key, static: key}
		if l.check(hello) == nil {
			_ = l.check(frame)
		}
	})
}
