package pusher

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/secretbox"
)

// SharedSecret is the key of one encrypted channel: SHA-256 over the channel's
// name followed by the app's 32-byte master key, as the server SDKs derive it.
// Subscribers receive it, in standard base64, from the auth endpoint as shared_secret.
func SharedSecret(master [32]byte, channel string) [32]byte {
	return sha256.Sum256(append([]byte(channel), master[:]...))
}

type sealed struct {
	Nonce      string `json:"nonce"`
	Ciphertext string `json:"ciphertext"`
}

// Encrypt seals data for an encrypted channel with its shared secret (NaCl
// secretbox, random nonce). The result is the data of the event to publish.
func Encrypt(secret [32]byte, data string) string {
	var nonce [24]byte
	_, _ = rand.Read(nonce[:]) // never fails
	box := secretbox.Seal(nil, []byte(data), &nonce, &secret)
	return object(sealed{
		Nonce:      base64.StdEncoding.EncodeToString(nonce[:]),
		Ciphertext: base64.StdEncoding.EncodeToString(box),
	})
}

// Decrypt is the inverse of Encrypt: what a subscriber does.
func Decrypt(secret [32]byte, data string) (string, error) {
	var s sealed
	if err := json.Unmarshal([]byte(data), &s); err != nil {
		return "", fmt.Errorf("encrypted event: %w", err)
	}
	var nonce [24]byte
	n, err := base64.StdEncoding.DecodeString(s.Nonce)
	if err != nil || copy(nonce[:], n) != len(nonce) || len(n) != len(nonce) {
		return "", errors.New("encrypted event: the nonce is not 24 bytes of base64")
	}
	box, err := base64.StdEncoding.DecodeString(s.Ciphertext)
	if err != nil {
		return "", fmt.Errorf("encrypted event: %w", err)
	}
	plain, ok := secretbox.Open(nil, box, &nonce, &secret)
	if !ok {
		return "", errors.New("encrypted event: sealed with another key")
	}
	return string(plain), nil
}
