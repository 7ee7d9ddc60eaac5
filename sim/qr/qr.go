// Package qr reads the text of a QR code out of a picture, as a phone's camera would.
//
// It is for the simulated phones: a test or a browser hands over a screenshot of a
// pairing page, and the phone "scans" it. It is not for drawing codes, and it knows
// nothing about WhatsApp.
//
// Invariants: it reads at most MaxBytes of input and MaxPixels of picture, so that a
// hostile picture costs a bounded amount of memory, and it keeps no state.
package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // a picture may be a GIF
	_ "image/jpeg" // or a JPEG, as photographs are
	_ "image/png"  // or a PNG, as screenshots are
	"io"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
)

// Limits of one picture.
const (
	MaxBytes  = 8 << 20  // encoded size in bytes
	MaxPixels = 40 << 20 // width times height after decoding
)

// What can be wrong with a picture. Both texts say what the person can do.
var (
	ErrPicture = errors.New("not a PNG, JPEG or GIF picture that can be read")
	ErrNoCode  = errors.New("no QR code found in the picture: use one with the whole code, its white border included, and nothing over it")
)

// Read decodes the first QR code found in a PNG, JPEG or GIF picture and returns its text.
//
// A picture that cannot be decoded or is larger than the limits gives an error for which
// errors.Is(err, ErrPicture) holds; a picture without a readable code gives ErrNoCode.
func Read(picture io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(picture, MaxBytes+1))
	if err != nil {
		return "", fmt.Errorf("read the picture: %w", err)
	}
	img, err := decode(raw)
	if err != nil {
		return "", err
	}
	return find(img)
}

// decode checks the size in the picture's header before it allocates the pixels.
func decode(raw []byte) (image.Image, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d MB", ErrPicture, MaxBytes>>20)
	}
	header, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if int64(header.Width)*int64(header.Height) > MaxPixels {
		return nil, fmt.Errorf("%w: %d × %d pixels are too many", ErrPicture, header.Width, header.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	return img, nil
}

// find tries the reading for a bare code first, then the patient one for screenshots and photographs.
func find(img image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPicture, err)
	}
	for _, hint := range []gozxing.DecodeHintType{gozxing.DecodeHintType_PURE_BARCODE, gozxing.DecodeHintType_TRY_HARDER} {
		found, err := zxing.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{hint: true})
		if err == nil {
			return found.GetText(), nil
		}
	}
	return "", ErrNoCode
}
