package phone

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/util/keys"
	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"
)

// PasskeyLink is the phone's half of linking with a passkey: the companion commits to an
// ephemeral key, the phone shows its own, the companion reveals its nonce, both show a
// code, and the companion sends its keys encrypted. Source: whatsmeow pair-passkey.go
// (read, and run against this package).
type PasskeyLink struct {
	// Hello is the phone's PrimaryEphemeralIdentity.
	Hello []byte

	ephemeral  *keys.KeyPair
	nonce      []byte
	companion  *waCompanionReg.CompanionEphemeralIdentity
	raw        []byte
	commitment []byte
}

// NewPasskeyLink reads the companion's prologue and makes the phone's answer.
func NewPasskeyLink(prologue []byte) (*PasskeyLink, error) {
	var p waCompanionReg.ProloguePayload
	if err := proto.Unmarshal(prologue, &p); err != nil {
		return nil, fmt.Errorf("passkey prologue: %w", err)
	}
	l := &PasskeyLink{
		ephemeral: keys.NewKeyPair(), nonce: make([]byte, 32), companion: &waCompanionReg.CompanionEphemeralIdentity{},
		raw: p.GetCompanionEphemeralIdentity(), commitment: p.GetCommitment().GetHash(),
	}
	_, _ = rand.Read(l.nonce)
	if err := proto.Unmarshal(l.raw, l.companion); err != nil {
		return nil, fmt.Errorf("passkey identity: %w", err)
	}
	var err error
	l.Hello, err = proto.Marshal(&waCompanionReg.PrimaryEphemeralIdentity{PublicKey: l.ephemeral.Pub[:], Nonce: l.nonce})
	return l, err
}

// Reveal checks the companion's nonce against its commitment and returns the code that
// both sides show, "ABCD-EFGH".
func (l *PasskeyLink) Reveal(nonce []byte) (code string, err error) {
	sum := sha256.Sum256(append(append([]byte(nil), l.raw...), nonce...))
	if string(sum[:]) != string(l.commitment) {
		return "", errors.New("the companion's nonce does not match its commitment")
	}
	digest := sha256.Sum256(append(append([]byte(nil), nonce...), l.ephemeral.Pub[:]...))
	bytes := make([]byte, 5)
	for i := range bytes {
		bytes[i] = l.nonce[i] ^ digest[i]
	}
	text := base32.NewEncoding("123456789ABCDEFGHJKLMNPQRSTVWXYZ").EncodeToString(bytes)
	return text[:4] + "-" + text[4:], nil
}

// Open opens the companion's encrypted pairing request.
func (l *PasskeyLink) Open(request []byte) (noise, identity, advSecret []byte, err error) {
	var r waCompanionReg.EncryptedPairingRequest
	if err := proto.Unmarshal(request, &r); err != nil {
		return nil, nil, nil, fmt.Errorf("pairing request: %w", err)
	}
	shared, err := curve25519.X25519(l.ephemeral.Priv[:], l.companion.GetPublicKey())
	if err != nil {
		return nil, nil, nil, fmt.Errorf("agree: %w", err)
	}
	salt := fmt.Sprintf("Companion Pairing %d with ref %s", l.companion.GetDeviceType(), l.companion.GetRef())
	key, err := hkdf.Key(sha256.New, shared, []byte(salt), "Pairing Information Encryption Key", 32)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("derive: %w", err)
	}
	plain, err := open(key, r.GetIV(), r.GetEncryptedPayload())
	if err != nil {
		return nil, nil, nil, fmt.Errorf("pairing request: %w", err)
	}
	var p waCompanionReg.PairingRequest
	if err := proto.Unmarshal(plain, &p); err != nil {
		return nil, nil, nil, fmt.Errorf("pairing request: %w", err)
	}
	return p.GetCompanionPublicKey(), p.GetCompanionIdentityKey(), p.GetAdvSecret(), nil
}
