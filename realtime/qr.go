package realtime

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"rsc.io/qr"
)

// code is a QR code on its way to a browser: the data of number.qr, equal to what GET /v1/numbers/{id}/pairing shows.
type code struct {
	PNG       string    `json:"png_base64"`
	Text      string    `json:"text"`
	ExpiresAt time.Time `json:"expires_at"`
}

// readQR reads the data of number.qr as it comes from the number (text and expiry) and draws the picture.
func readQR(data json.RawMessage) (code, error) {
	var c code
	if err := json.Unmarshal(data, &c); err != nil {
		return code{}, errors.New("the data of number.qr is malformed") // without the decoder's text, for the same reason as below
	}
	if c.Text == "" {
		return code{}, errors.New("data of number.qr has no text")
	}
	drawn, err := qr.Encode(c.Text, qr.L)
	if err != nil {
		return code{}, errors.New("the code is too long to draw") // without the library's text: it could show the code
	}
	c.PNG = base64.StdEncoding.EncodeToString(drawn.PNG())
	return c, nil
}
