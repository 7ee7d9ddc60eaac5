package phone

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
)

// ErrWrongCode is returned when the companion's key bundle does not open: the code that
// was typed is not the one that the companion shows.
var ErrWrongCode = errors.New("wrong pairing code")

// rounds of PBKDF2 for a pairing code; about 35 ms of CPU (measured).
const rounds = 131072

// CodeLink is the phone's half of linking by an eight-character code.
// Source: whatsmeow pair-code.go; seen.
type CodeLink struct {
	// Wrapped is the phone's ephemeral key wrapped with the code, for primary_hello.
	Wrapped   []byte
	ephemeral *keys.KeyPair
	companion []byte // the companion's ephemeral public key
}

// NewCodeLink unwraps the companion's ephemeral key (80 bytes: salt, IV, key) with the
// code and wraps one of its own. A wrong code shows only in [CodeLink.Open].
func NewCodeLink(code string, wrapped []byte) (*CodeLink, error) {
	if len(wrapped) != 80 {
		return nil, errors.New("the companion's wrapped key is not 80 bytes")
	}
	code = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
	companion, err := codeCrypt(code, wrapped[:32], wrapped[32:48], wrapped[48:])
	if err != nil {
		return nil, err
	}
	own := keys.NewKeyPair()
	head := make([]byte, 48)
	_, _ = rand.Read(head)
	sealed, err := codeCrypt(code, head[:32], head[32:], own.Pub[:])
	if err != nil {
		return nil, err
	}
	return &CodeLink{Wrapped: append(head, sealed...), ephemeral: own, companion: companion}, nil
}

// codeCrypt encrypts or decrypts with the key made from a code (AES-256-CTR).
func codeCrypt(code string, salt, iv, data []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, code, salt, rounds, 32)
	if err != nil {
		return nil, fmt.Errorf("derive key from code: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("code cipher: %w", err)
	}
	out := make([]byte, len(data))
	cipher.NewCTR(block, iv).XORKeyStream(out, data)
	return out, nil
}

// Open opens the companion's key bundle (salt 32, nonce 12, sealed) and returns its
// identity key and the secret for the device identity.
func (l *CodeLink) Open(bundle []byte, account *keys.KeyPair) (companion, advSecret []byte, err error) {
	if len(bundle) < 44 {
		return nil, nil, errors.New("the companion's key bundle is too short")
	}
	shared, err := curve25519.X25519(l.ephemeral.Priv[:], l.companion)
	if err != nil {
		return nil, nil, ErrWrongCode
	}
	key, err := hkdf.Key(sha256.New, shared, bundle[:32], "link_code_pairing_key_bundle_encryption_key", 32)
	if err != nil {
		return nil, nil, fmt.Errorf("derive bundle key: %w", err)
	}
	plain, err := open(key, bundle[32:44], bundle[44:])
	if err != nil || len(plain) != 96 || !slices.Equal(plain[32:64], account.Pub[:]) {
		return nil, nil, ErrWrongCode
	}
	identity, err := curve25519.X25519(account.Priv[:], plain[:32])
	if err != nil {
		return nil, nil, fmt.Errorf("agree on identities: %w", err)
	}
	advSecret, err = hkdf.Key(sha256.New, slices.Concat(shared, identity, plain[64:]), nil, "adv_secret", 32)
	return plain[:32], advSecret, err
}

func open(key, iv, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("cipher mode: %w", err)
	}
	return aead.Open(nil, iv, sealed, nil)
}
