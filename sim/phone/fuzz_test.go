package phone

import (
	"testing"

	"go.mau.fi/whatsmeow/util/keys"
)

// FuzzQR reads any text as a linking code.
func FuzzQR(f *testing.F) {
	key := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for _, seed := range []string{"", ",,,", "2@a," + key + "," + key + "," + key, "https://wa.me/x#2@a," + key + "," + key + "," + key + ",1", "a,b,c,d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQR(text)
		if err == nil && (len(q.Noise) != 32 || len(q.Identity) != 32 || len(q.AdvSecret) != 32) {
			t.Errorf("%q has keys of a wrong size", text)
		}
	})
}

// FuzzCodeBundle opens any bundle of keys that a companion sends for a pairing code.
func FuzzCodeBundle(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 80), make([]byte, 200))
	own := keys.NewKeyPair()
	f.Fuzz(func(_ *testing.T, companion, bundle []byte) {
		l := &CodeLink{ephemeral: own, companion: companion}
		_, _, _ = l.Open(bundle, own)
	})
}
