package main

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// frame is a hook of the simulator: it spoils every third frame of a victim.
func (g *garbler) frame(s sim.Stanza, plain []byte) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.on || !g.victims[s.Phone] || g.random.IntN(3) > 0 {
		return plain
	}
	if g.counts == nil {
		g.counts = map[string]int{}
	}
	g.counts["spoilt frames"]++
	return oddFrame(g.random, plain)
}

// oddFrame is a frame that is no stanza, or not the one that it was.
func oddFrame(random *rand.Rand, plain []byte) []byte {
	switch random.IntN(9) {
	case 0:
		return nil
	case 1:
		return plain[:random.IntN(len(plain))]
	case 2: // tokens that nobody knows, and texts of no length
		return append([]byte{0, 248, 2}, []byte{251, 255, 236, 237, 238, 239, 245, 246, 247, 250, 252, 0}[random.IntN(12)], 0x80, 0)
	case 3: // lists within lists
		return append([]byte{0}, bytes.Repeat([]byte{248, 2, 3, 248, 1}, 1<<random.IntN(18))...)
	case 4: // a list that says that it is long
		return []byte{0, 248, 2, 3, 249, 0xff, 0xff}
	case 5: // compressed, and much larger
		var out bytes.Buffer
		out.WriteByte(2)
		z := zlib.NewWriter(&out)
		_, _ = z.Write(bytes.Repeat([]byte{byte(random.UintN(256))}, 1<<(10+random.IntN(18))))
		_ = z.Close()
		return out.Bytes()
	case 6:
		b := make([]byte, random.IntN(200))
		for i := range b {
			b[i] = byte(random.UintN(256))
		}
		return b
	default:
		return append([]byte{0}, mutateBytes(random, plain[1:])...)
	}
}

// stanza is one with the words that a client knows, in places where they mean nothing. It spares those that end a number for
// good when they are taken at their word.
func (g *garbler) stanza(l *drive.Lane) bin.Node {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.node(l, 4)
	n.Tag = stanzaTags[g.random.IntN(len(stanzaTags))]
	for key, value := range map[string]any{"id": fmt.Sprint(g.random.Uint32()), "t": fmt.Sprint(time.Now().Unix()), "from": g.person(l), "type": stanzaTypes[g.random.IntN(len(stanzaTypes))]} {
		if g.random.IntN(5) > 0 {
			n.Attrs[key] = value
		}
	}
	if n.Tag == "stream:error" || n.Tag == "failure" {
		delete(n.Attrs, "code")
		delete(n.Attrs, "reason")
	}
	return n
}

var (
	stanzaTags  = []string{"message", "receipt", "call", "chatstate", "presence", "notification", "notification", "notification", "iq", "ib", "ack", "status", "appdata", "success", "stream:features", "error", "nonsense"}
	stanzaTypes = []string{"encrypt", "server_sync", "account_sync", "devices", "fbid:devices", "w:gp2", "picture", "mediaretry", "privacy_token", "link_code_companion_reg",
		"newsletter", "mex", "status", "passkey_prologue_request", "crsc_continuation", "psa", "retry", "read", "read-self", "played", "sender", "hist_sync", "inactive", "text", "media", "set", "get", "result", "error"}
	stanzaWords = []string{"enc", "participants", "participant", "to", "user", "list", "item", "retry", "keys", "key", "skey", "identity", "registration", "value", "id", "signature", "device-identity",
		"count", "count", "device", "devices", "add", "remove", "update", "set", "delete", "picture", "collection", "patches", "sync", "dirty", "offline", "offline_preview", "edge_routing",
		"offer", "accept", "terminate", "reject", "relaylatency", "transport", "composing", "paused", "unavailable", "tokens", "token", "privacy", "category", "blocklist", "pair-device",
		"pair-success", "ref", "biz", "platform", "link_code_companion_reg", "link_code_pairing_ref", "rmr", "encrypt", "error", "create", "group", "subject", "promote", "link", "membership_approval_request",
		"live_updates", "messages", "message", "reactions", "plaintext", "bot", "meta", "franking", "device-list", "key-index-list", "hash", "lid", "jid", "code", "type", "v", "name", "version", "t", "e", "mediatype"}
)

// person is anybody whom an address can name.
func (g *garbler) person(l *drive.Lane) any {
	switch g.random.IntN(8) {
	case 0:
		return types.NewJID(l.Account.Phone(), types.DefaultUserServer)
	case 1:
		return types.NewJID(l.Account.LID(), types.HiddenUserServer)
	case 2:
		return types.NewJID(l.Contact.LID(), types.HiddenUserServer)
	case 3:
		return types.JID{User: "120363000000", Server: []string{"g.us", "broadcast", "newsletter", "call", "s.whatsapp.net", "bot"}[g.random.IntN(6)]}
	case 4:
		return types.JID{User: l.Contact.LID(), Server: types.HiddenUserServer, Device: uint16(g.random.IntN(99))}
	case 5:
		return ""
	case 6:
		return "status@broadcast"
	default:
		return types.ServerJID
	}
}

func (g *garbler) node(l *drive.Lane, depth int) bin.Node {
	word := func() string { return stanzaWords[g.random.IntN(len(stanzaWords))] }
	n := bin.Node{Tag: word(), Attrs: bin.Attrs{}}
	for range g.random.IntN(5) {
		switch g.random.IntN(3) {
		case 0:
			n.Attrs[word()] = g.person(l)
		case 1:
			n.Attrs[word()] = fmt.Sprint(g.random.Int64() >> g.random.UintN(63))
		default:
			n.Attrs[word()] = word()
		}
	}
	switch g.random.IntN(4) {
	case 0:
		b := make([]byte, []int{0, 1, 3, 4, 32, 33, 64, 200}[g.random.IntN(8)])
		for i := range b {
			b[i] = byte(g.random.UintN(256))
		}
		n.Content = b
	case 1, 2:
		var children []bin.Node
		for range g.random.IntN(5) {
			if depth > 0 {
				children = append(children, g.node(l, depth-1))
			}
		}
		n.Content = children
	}
	return n
}

// anyMessage fills a protobuf message with values that its fields can hold, some of them.
func anyMessage(random *rand.Rand, t protoreflect.MessageType, depth int) proto.Message {
	m := t.New()
	fields := m.Descriptor().Fields()
	for range 1 + random.IntN(3) {
		f := fields.Get(random.IntN(fields.Len()))
		if f.IsMap() {
			continue
		}
		if f.Kind() == protoreflect.MessageKind && depth == 0 {
			continue
		}
		if !f.IsList() {
			m.Set(f, anyValue(random, m.NewField(f), f, depth))
			continue
		}
		list := m.Mutable(f).List()
		for range random.IntN(4) {
			var element protoreflect.Value
			if f.Kind() == protoreflect.MessageKind {
				element = list.NewElement()
			}
			list.Append(anyValue(random, element, f, depth))
		}
	}
	return m.Interface()
}

func anyValue(random *rand.Rand, empty protoreflect.Value, f protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protoreflect.ValueOfMessage(anyMessage(random, empty.Message().Type(), depth-1).ProtoReflect())
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(random.IntN(60)))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(random.Uint32()))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(random.Uint64()))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(random.Uint32())
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(random.Uint64())
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(random.Float32())
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(random.Float64())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(oddTexts[random.IntN(len(oddTexts))]))
	default:
		return protoreflect.ValueOfString(oddTexts[random.IntN(20)])
	}
}
