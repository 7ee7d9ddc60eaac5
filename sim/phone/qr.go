package phone

import (
	"encoding/base64"
	"errors"
	"strings"
)

// ErrQR is returned for a text that is no linking code.
var ErrQR = errors.New("not a WhatsApp linking QR code")

// QR is what a companion's QR code says.
type QR struct {
	Ref                        string
	Noise, Identity, AdvSecret []byte
}

// ParseQR reads the text of a QR code: an optional URL up to "#", then the reference, the
// Noise key, the identity key, the secret, and in newer versions a client type.
// Source: whatsmeow pair.go, makeQRData; the old form and other libraries: seen.
func ParseQR(text string) (QR, error) {
	if _, after, ok := strings.Cut(text, "#"); ok {
		text = after
	}
	parts := strings.Split(strings.TrimSpace(text), ",")
	if len(parts) != 4 && len(parts) != 5 {
		return QR{}, ErrQR
	}
	q := QR{Ref: parts[0]}
	for i, dst := range []*[]byte{&q.Noise, &q.Identity, &q.AdvSecret} {
		b, err := base64.StdEncoding.DecodeString(parts[i+1])
		if err != nil || len(b) != 32 {
			return QR{}, ErrQR
		}
		*dst = b
	}
	return q, nil
}
