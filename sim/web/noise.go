package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// pattern is the Noise protocol name; at exactly 32 bytes it is its own initial hash.
const pattern = "Noise_XX_25519_AESGCM_SHA256\x00\x00\x00\x00"

// noise is the responder's half of the Noise XX handshake of WhatsApp Web.
// Source: whatsmeow socket/noisehandshake.go and handshake.go; seen.
type noise struct {
	hash, salt []byte
	aead       cipher.AEAD
	counter    uint32
}

func newNoise(intro []byte) (*noise, error) {
	n := &noise{hash: []byte(pattern), salt: []byte(pattern)}
	var err error
	n.aead, err = gcm([]byte(pattern))
	n.authenticate(intro)
	return n, err
}

func (n *noise) authenticate(data []byte) {
	sum := sha256.Sum256(append(n.hash[:len(n.hash):len(n.hash)], data...))
	n.hash = sum[:]
}

func (n *noise) mix(priv *[32]byte, pub []byte) error {
	shared, err := curve25519.X25519(priv[:], pub)
	if err != nil {
		return fmt.Errorf("noise: agree: %w", err)
	}
	salt, key, err := n.expand(shared)
	if err != nil {
		return err
	}
	n.salt, n.counter = salt, 0
	n.aead, err = gcm(key)
	return err
}

func (n *noise) expand(secret []byte) (first, second []byte, err error) {
	out, err := hkdf.Key(sha256.New, secret, n.salt, "", 64)
	if err != nil {
		return nil, nil, fmt.Errorf("noise: expand: %w", err)
	}
	return out[:32], out[32:], nil
}

func (n *noise) encrypt(plain []byte) []byte {
	out := n.aead.Seal(nil, nonce(n.counter), plain, n.hash)
	n.counter++
	n.authenticate(out)
	return out
}

func (n *noise) decrypt(sealed []byte) ([]byte, error) {
	out, err := n.aead.Open(nil, nonce(n.counter), sealed, n.hash)
	if err != nil {
		return nil, fmt.Errorf("noise: decrypt: %w", err)
	}
	n.counter++
	n.authenticate(sealed)
	return out, nil
}

// split ends the handshake: the keys of the two directions.
func (n *noise) split() (fromClient, toClient cipher.AEAD, err error) {
	first, second, err := n.expand(nil)
	if err != nil {
		return nil, nil, err
	}
	if fromClient, err = gcm(first); err != nil {
		return nil, nil, err
	}
	toClient, err = gcm(second)
	return fromClient, toClient, err
}

// hello answers the client's first frame with the server's ephemeral and static keys and
// the certificate chain.
func (n *noise) hello(frame []byte, a *Authority) (answer []byte, ephemeral *keys.KeyPair, err error) {
	var m waWa6.HandshakeMessage
	if err := proto.Unmarshal(frame, &m); err != nil {
		return nil, nil, fmt.Errorf("noise: client hello: %w", err)
	}
	client := m.GetClientHello().GetEphemeral()
	if len(client) != 32 {
		return nil, nil, errors.New("noise: client hello without ephemeral key")
	}
	n.authenticate(client)
	ephemeral = keys.NewKeyPair()
	n.authenticate(ephemeral.Pub[:])
	if err := n.mix(ephemeral.Priv, client); err != nil {
		return nil, nil, err
	}
	static := n.encrypt(a.static.Pub[:])
	if err := n.mix(a.static.Priv, client); err != nil {
		return nil, nil, err
	}
	answer, err = proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ephemeral.Pub[:], Static: static, Payload: n.encrypt(a.chain),
	}})
	return answer, ephemeral, err
}

// finish reads the client's second frame: its static key and what it says about itself.
func (n *noise) finish(frame []byte, ephemeral *keys.KeyPair) (static [32]byte, payload *waWa6.ClientPayload, err error) {
	var m waWa6.HandshakeMessage
	if err := proto.Unmarshal(frame, &m); err != nil {
		return static, nil, fmt.Errorf("noise: client finish: %w", err)
	}
	plain, err := n.decrypt(m.GetClientFinish().GetStatic())
	if err != nil {
		return static, nil, err
	}
	if copy(static[:], plain) != 32 {
		return static, nil, errors.New("noise: client static key is not 32 bytes")
	}
	if err := n.mix(ephemeral.Priv, plain); err != nil {
		return static, nil, err
	}
	if plain, err = n.decrypt(m.GetClientFinish().GetPayload()); err != nil {
		return static, nil, err
	}
	payload = &waWa6.ClientPayload{}
	if err := proto.Unmarshal(plain, payload); err != nil {
		return static, nil, fmt.Errorf("noise: client payload: %w", err)
	}
	return static, payload, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("noise: cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

func nonce(counter uint32) []byte {
	iv := make([]byte, 12)
	binary.BigEndian.PutUint32(iv[8:], counter)
	return iv
}
