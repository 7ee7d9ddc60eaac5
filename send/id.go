package send

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// waPrefix begins the message ids of WhatsApp's web clients (seen in whatsmeow: "3EB0" and 18 hex digits).
const waPrefix = "3EB0"

// newWAID chooses a WhatsApp message id: unguessable, so that nobody can acknowledge or quote what they did not get.
func newWAID() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return waPrefix + strings.ToUpper(hex.EncodeToString(b))
}
