package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// listener reads what WhatsApp sends on one connection, beside whatsmeow and with the same keys: it follows the Noise handshake
// (XX, 25519, AES-GCM, SHA-256) from the frame in which the server answers, and then opens every frame to look whether it holds a
// stanza. It answers nothing and trusts nobody: whether the server is WhatsApp is whatsmeow's to find out (handshake.go).
type listener struct {
	ephemeral, static *keys.KeyPair // of this side

	hash, salt []byte
	key        cipher.AEAD // nil before the handshake
	nonce      [12]byte    // of the next frame
}

// check is told every frame in its order. An error means that whatsmeow must not see it.
func (l *listener) check(frame []byte) error {
	if l.key == nil {
		return l.handshake(frame)
	}
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	plain, err := l.key.Open((*room)[:0], l.nonce[:], frame, nil)
	if err != nil {
		return fmt.Errorf("a frame does not decrypt: %w", err)
	}
	if cap(plain) <= largestRoom {
		*room = plain
	}
	counter := l.nonce[8:]
	binary.BigEndian.PutUint32(counter, binary.BigEndian.Uint32(counter)+1)
	return checkStanza(plain)
}

// rooms are where frames are opened, one after the other. They keep what a stanza of usual size needs.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

const largestRoom = 16 << 10

func (l *listener) handshake(frame []byte) error {
	var m waWa6.HandshakeMessage
	if err := proto.Unmarshal(frame, &m); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	hello := m.GetServerHello()
	if len(hello.GetEphemeral()) != 32 {
		return errors.New("handshake: no key")
	}
	l.salt = []byte(socket.NoiseStartPattern) // of 32 bytes, so it is its own hash
	l.hash = l.salt
	l.authenticate(socket.WAConnHeader)
	l.authenticate(l.ephemeral.Pub[:])
	l.authenticate(hello.GetEphemeral())
	key, err := l.mix(l.ephemeral, hello.GetEphemeral())
	if err != nil {
		return err
	}
	static, err := key.Open(nil, l.nonce[:], hello.GetStatic(), l.hash)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	if _, err := l.mix(l.ephemeral, static); err != nil {
		return err
	}
	if _, err := l.mix(l.static, hello.GetEphemeral()); err != nil {
		return err
	}
	l.key, err = l.expand(nil)
	l.ephemeral, l.static, l.hash, l.salt = nil, nil, nil, nil
	return err
}

func (l *listener) authenticate(data []byte) {
	sum := sha256.Sum256(append(l.hash[:len(l.hash):len(l.hash)], data...))
	l.hash = sum[:]
}

// mix agrees on a secret and returns the key that follows.
func (l *listener) mix(own *keys.KeyPair, theirs []byte) (cipher.AEAD, error) {
	shared, err := curve25519.X25519(own.Priv[:], theirs)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return l.expand(shared)
}

func (l *listener) expand(secret []byte) (cipher.AEAD, error) {
	out, err := hkdf.Key(sha256.New, secret, l.salt, "", 64)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	l.salt = out[:32]
	block, err := aes.NewCipher(out[32:])
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return cipher.NewGCM(block)
}
