package phone

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/signalerror"
	"go.mau.fi/libsignal/util/optional"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	_ "github.com/sapa-chat/sapa/sim/internal/quiet" // before libsignal's first line
	"github.com/sapa-chat/sapa/sim/web"
)

// ErrNoBundle is returned when there is no session and nothing to begin one with.
var ErrNoBundle = errors.New("no session and no prekey bundle")

// Kinds of ciphertext, as the type of <enc> names them.
const (
	PreKeyMessage = "pkmsg"
	PlainMessage  = "msg"
)

// Endpoint is one Signal device: its keys, made from a seed so that they need no storage,
// and its sessions. It is safe for concurrent use. An endpoint that nobody has talked to
// is a few hundred bytes.
type Endpoint struct {
	seed, phone string

	mu    sync.Mutex
	own   *ownKeys
	store signalStore
}

// ownKeys are computed when they are first needed.
type ownKeys struct {
	identity, signed *keys.KeyPair
	signature        [64]byte
	registration     uint32
}

// New returns the endpoint of a phone number. The same seed and number have the same keys.
func New(seed, phone string) *Endpoint { return &Endpoint{seed: seed, phone: phone} }

func (e *Endpoint) keys() *ownKeys {
	if e.own != nil {
		return e.own
	}
	own := &ownKeys{identity: e.derive("identity"), signed: e.derive("signed prekey")}
	sum := sha256.Sum256([]byte(e.seed + "\x00" + e.phone + "\x00registration"))
	own.registration = binary.BigEndian.Uint32(sum[:])%16380 + 1
	own.signature = *own.identity.Sign(own.signed)
	e.own = own
	e.store.own = own
	return own
}

func (e *Endpoint) derive(name string) *keys.KeyPair {
	priv := sha256.Sum256([]byte("sim phone\x00" + e.seed + "\x00" + e.phone + "\x00" + name))
	priv[0] &= 248
	priv[31] = priv[31]&127 | 64
	return keys.NewKeyPairFromPrivateKey(priv)
}

// Identity is the endpoint's identity key pair.
func (e *Endpoint) Identity() *keys.KeyPair {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keys().identity
}

// Bundle is what others need to write to this endpoint. It has no one-time key; whatsmeow
// does without (seen).
func (e *Endpoint) Bundle() web.Bundle {
	e.mu.Lock()
	defer e.mu.Unlock()
	own := e.keys()
	return web.Bundle{
		Registration: own.registration, Identity: *own.identity.Pub,
		SignedID: 1, SignedKey: *own.signed.Pub, Signature: own.signature,
	}
}

// HasSession reports whether a session with a device exists.
func (e *Endpoint) HasSession(with types.JID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.store.sessions[with.SignalAddress().String()] != nil
}

// Forget drops the session with a device.
func (e *Endpoint) Forget(with types.JID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.store.sessions, with.SignalAddress().String())
}

// Encrypt encrypts for one device. bundle is asked for when there is no session yet.
func (e *Endpoint) Encrypt(ctx context.Context, to types.JID, plain []byte, bundle func() (web.Bundle, bool)) (kind string, sealed []byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys()
	address := to.SignalAddress()
	builder := session.NewBuilderFromSignal(&e.store, address, serializer())
	if e.store.sessions[address.String()] == nil {
		b, ok := bundle()
		if !ok {
			return "", nil, ErrNoBundle
		}
		if err := builder.ProcessBundle(ctx, toBundle(b, to)); err != nil {
			return "", nil, fmt.Errorf("begin session with %s: %w", address, err)
		}
	}
	c, err := session.NewCipher(builder, address).Encrypt(ctx, pad(plain))
	if err != nil {
		return "", nil, fmt.Errorf("encrypt for %s: %w", address, err)
	}
	kind = PlainMessage
	if c.Type() == protocol.PREKEY_TYPE {
		kind = PreKeyMessage
	}
	return kind, c.Serialize(), nil
}

// ErrRepeated is returned for a ciphertext that was decrypted before.
var ErrRepeated = signalerror.ErrOldCounter

// Decrypt decrypts what a device sent. After an error other than ErrRepeated the session
// is dropped, so that this endpoint's bundle in a retry receipt begins a new one.
func (e *Endpoint) Decrypt(ctx context.Context, from types.JID, kind string, sealed []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys()
	plain, err := e.decrypt(ctx, from.SignalAddress(), kind, sealed)
	if errors.Is(err, ErrRepeated) {
		return nil, err
	}
	if err != nil {
		delete(e.store.sessions, from.SignalAddress().String())
		return nil, err
	}
	return unpad(plain)
}

func (e *Endpoint) decrypt(ctx context.Context, from *protocol.SignalAddress, kind string, sealed []byte) ([]byte, error) {
	s := serializer()
	cipher := session.NewCipher(session.NewBuilderFromSignal(&e.store, from, s), from)
	if kind == PreKeyMessage {
		m, err := protocol.NewPreKeySignalMessageFromBytes(sealed, s.PreKeySignalMessage, s.SignalMessage)
		if err != nil {
			return nil, fmt.Errorf("parse prekey message: %w", err)
		}
		return cipher.DecryptMessage(ctx, m)
	}
	m, err := protocol.NewSignalMessageFromBytes(sealed, s.SignalMessage)
	if err != nil {
		return nil, fmt.Errorf("parse message: %w", err)
	}
	return cipher.Decrypt(ctx, m)
}

// serializer is libsignal's; it has no state.
var serializer = sync.OnceValue(serialize.NewProtoBufSerializer)

func toBundle(b web.Bundle, to types.JID) *prekey.Bundle {
	id := optional.NewEmptyUint32()
	var key ecc.ECPublicKeyable
	if b.OneTime != nil {
		id = optional.NewOptionalUint32(b.OneTime.ID)
		key = ecc.NewDjbECPublicKey(b.OneTime.Key)
	}
	return prekey.NewBundle(b.Registration, uint32(to.Device), id, b.SignedID, key,
		ecc.NewDjbECPublicKey(b.SignedKey), b.Signature, identity.NewKey(ecc.NewDjbECPublicKey(b.Identity)))
}

// pad adds 1 to 15 bytes, each holding the count (source: whatsmeow message.go; seen).
func pad(plain []byte) []byte {
	var b [1]byte
	_, _ = rand.Read(b[:])
	n := b[0]%15 + 1
	out := make([]byte, len(plain), len(plain)+int(n))
	copy(out, plain)
	for range n {
		out = append(out, n)
	}
	return out
}

func unpad(plain []byte) ([]byte, error) {
	if len(plain) == 0 || int(plain[len(plain)-1]) > len(plain) {
		return nil, errors.New("bad padding")
	}
	return plain[:len(plain)-int(plain[len(plain)-1])], nil
}
