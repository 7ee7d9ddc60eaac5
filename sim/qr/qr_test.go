package qr_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	simqr "github.com/sapa-chat/sapa/sim/qr"
)

// pairing is as long as the text that a companion shows: an address, a reference, three keys and a client type.
var pairing = "https://wa.me/settings/linked_devices#2@" + strings.Repeat("aB3+", 20) + "," +
	strings.Repeat("k", 43) + "=," + strings.Repeat("i", 43) + "=," + strings.Repeat("s", 43) + "=,1"

func TestReadsWhatABrowserShows(t *testing.T) {
	t.Parallel()
	cases := map[string]func(image.Image) []byte{
		"the bare picture":         encodePNG,
		"a screenshot of the page": func(code image.Image) []byte { return encodePNG(onPage(code, color.White)) },
		"a dark page":              func(code image.Image) []byte { return encodePNG(onPage(code, color.RGBA{16, 24, 32, 255})) },
		"a JPEG":                   encodeJPEG,
	}
	for name, encode := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := simqr.Read(bytes.NewReader(encode(picture(t))))
			require.NoError(t, err)
			require.Equal(t, pairing, text)
		})
	}
}

func TestSaysWhatIsWrongWithAPicture(t *testing.T) {
	t.Parallel()
	blank := image.NewGray(image.Rect(0, 0, 200, 200))
	cases := map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":       {nil, simqr.ErrPicture},
		"text":          {[]byte("hello"), simqr.ErrPicture},
		"no code in it": {encodePNG(blank), simqr.ErrNoCode},
		"cut off":       {encodePNG(picture(t))[:200], simqr.ErrPicture},
		"too long":      {make([]byte, simqr.MaxBytes+1), simqr.ErrPicture},
		"too many pixels": {
			encodePNG(image.NewPaletted(image.Rect(0, 0, 8000, 8000), color.Palette{color.White})), simqr.ErrPicture,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := simqr.Read(bytes.NewReader(c.raw))
			require.ErrorIs(t, err, c.want)
		})
	}
}

func picture(t *testing.T) image.Image {
	t.Helper()
	code, err := qr.Encode(pairing, qr.L)
	require.NoError(t, err)
	code.Scale = 5
	img, err := png.Decode(bytes.NewReader(code.PNG()))
	require.NoError(t, err)
	return img
}

func onPage(code image.Image, background color.Color) image.Image {
	page := image.NewRGBA(image.Rect(0, 0, 720, 480))
	draw.Draw(page, page.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	draw.Draw(page, code.Bounds().Add(image.Pt(233, 51)), code, image.Point{}, draw.Src)
	return page
}

func encodePNG(img image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func encodeJPEG(img image.Image) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 80}); err != nil {
		panic(err)
	}
	return out.Bytes()
}
