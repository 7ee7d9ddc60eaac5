package web

import (
	"testing"
	"time"
)

// FuzzClient begins the handshake of any client.
func FuzzClient(f *testing.F) {
	f.Add([]byte("WA\x06\x03"), []byte{0x12, 0x22, 0x0a, 0x20}, []byte{0x22, 0})
	f.Add([]byte{}, []byte{}, []byte{})
	authority, err := NewAuthority("fuzz", time.Unix(1790000000, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, intro, hello, finish []byte) {
		n, err := newNoise(intro)
		if err != nil {
			return
		}
		if _, ephemeral, err := n.hello(hello, authority); err == nil {
			_, _, _ = n.finish(finish, ephemeral)
		}
	})
}
