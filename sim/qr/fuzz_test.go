package qr

import (
	"bytes"
	"testing"
)

// FuzzPicture reads anything as a picture.
func FuzzPicture(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x03\x8c\x02\x05\x00;"))
	f.Fuzz(func(_ *testing.T, picture []byte) { _, _ = Read(bytes.NewReader(picture)) })
}
