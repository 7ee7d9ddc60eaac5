// Package seal keeps secrets unreadable at rest: AES-256-GCM under named keys.
//
// A sealed value is text, "v1:keyid:nonce:ciphertext", and is bound to a place by
// the additional data given when it was sealed: moved elsewhere, it does not open.
// Data keys (one per workspace) are wrapped by a master key, so changing the master
// key rewrites data keys only. This package knows neither workspaces nor tables; it
// holds no state and stores nothing.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

const version = "v1"

// ErrWrongKey says that a value was sealed with another key than the one at hand.
var ErrWrongKey = errors.New("seal: sealed with another key")

// ErrTampered says that a value was changed, or moved from the place it was sealed for.
var ErrTampered = errors.New("seal: the value was changed or belongs elsewhere")

// ErrMalformed says that a text is not a sealed value at all.
var ErrMalformed = errors.New("seal: not a sealed value")

// Key seals and opens. The zero value is not usable: take one from NewKey or KeyOf. Safe for concurrent use.
type Key struct {
	// ID is the key's fingerprint: 16 hex digits that tell keys apart and reveal nothing.
	ID   string
	raw  [KeySize]byte
	aead cipher.AEAD
}

// NewKey makes a random key.
func NewKey() *Key {
	var raw [KeySize]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	k, err := KeyOf(raw[:])
	if err != nil {
		panic(err) // unreachable: the length is right
	}
	return k
}

// KeyOf makes a key of its 32 bytes.
func KeyOf(raw []byte) (*Key, error) {
	if len(raw) != KeySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, not %d", KeySize, len(raw))
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	k := &Key{ID: fingerprint(raw), aead: aead}
	copy(k.raw[:], raw)
	return k, nil
}

func fingerprint(raw []byte) string {
	sum := sha256.Sum256(append([]byte("sapa key fingerprint\x00"), raw...))
	return hex.EncodeToString(sum[:8])
}

// Seal encrypts plain for the place that aad names. Two calls never give the same text.
func (k *Key) Seal(aad string, plain []byte) string {
	nonce := make([]byte, k.aead.NonceSize())
	_, _ = rand.Read(nonce)
	return k.sealWith(nonce, aad, plain)
}

func (k *Key) sealWith(nonce []byte, aad string, plain []byte) string {
	sealed := k.aead.Seal(nil, nonce, plain, k.bind(aad))
	return strings.Join([]string{version, k.ID, encode(nonce), encode(sealed)}, ":")
}

// Open decrypts what Seal made with the same key and aad. Errors: ErrWrongKey, ErrTampered, ErrMalformed.
func (k *Key) Open(aad, sealed string) ([]byte, error) {
	id, nonce, body, err := split(sealed)
	if err != nil {
		return nil, err
	}
	if id != k.ID {
		return nil, fmt.Errorf("%w (%s, at hand is %s)", ErrWrongKey, id, k.ID)
	}
	if len(nonce) != k.aead.NonceSize() {
		return nil, ErrMalformed
	}
	plain, err := k.aead.Open(nil, nonce, body, k.bind(aad))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// Wrap seals another key; Unwrap gives it back.
func (k *Key) Wrap(aad string, other *Key) string { return k.Seal(aad, other.raw[:]) }

// Unwrap opens a key sealed by Wrap.
func (k *Key) Unwrap(aad, wrapped string) (*Key, error) {
	raw, err := k.Open(aad, wrapped)
	if err != nil {
		return nil, err
	}
	return KeyOf(raw)
}

// Derive makes a secret for another purpose, the same wherever this key is. It does not lead back to the key.
func (k *Key) Derive(purpose string) [KeySize]byte {
	mac := hmac.New(sha256.New, k.raw[:])
	mac.Write([]byte("sapa derived key\x00" + purpose))
	return [KeySize]byte(mac.Sum(nil))
}

// String keeps the key itself out of logs and messages.
func (k *Key) String() string { return "key " + k.ID }

// bind adds version and key to the place, so that neither can be swapped in the text.
func (k *Key) bind(aad string) []byte { return []byte(version + "|" + k.ID + "|" + aad) }

func split(sealed string) (id string, nonce, body []byte, err error) {
	parts := strings.Split(sealed, ":")
	if len(parts) != 4 || parts[0] != version {
		return "", nil, nil, ErrMalformed
	}
	nonce, err = base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return "", nil, nil, ErrMalformed
	}
	body, err = base64.RawURLEncoding.Strict().DecodeString(parts[3])
	if err != nil {
		return "", nil, nil, ErrMalformed
	}
	return parts[1], nonce, body, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
