// Package picture draws the profile pictures of simulated people: a mosaic that is
// different for each phone number and always the same for one.
//
// It is so that a client has something to fetch and to show. It draws nobody.
package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
)

const (
	cells = 5  // the mosaic is cells × cells, its right half mirrors the left
	scale = 32 // pixels of a cell
	edge  = 16 // pixels around
)

// ID names the picture of a phone number; it changes only when the drawing does.
func ID(phone string) string {
	sum := sha256.Sum256([]byte("picture 1 " + phone))
	return hex.EncodeToString(sum[:6])
}

// PNG draws the picture of a phone number, 192 × 192 pixels.
func PNG(phone string) []byte {
	sum := sha256.Sum256([]byte("picture 1 " + phone))
	const size = cells*scale + 2*edge
	paper := color.RGBA{0xee, 0xf2, 0xf1, 0xff}
	ink := color.RGBA{64 + sum[29]/2, 64 + sum[30]/2, 64 + sum[31]/2, 0xff}
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{paper, ink})
	for y := range cells * scale {
		for x := range cells * scale {
			column := min(x/scale, cells-1-x/scale)
			if sum[(y/scale)*3+column]%2 == 0 {
				img.SetColorIndex(x+edge, y+edge, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}
