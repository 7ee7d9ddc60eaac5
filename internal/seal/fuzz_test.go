package seal_test

import (
	"bytes"
	"testing"

	"github.com/sapa-chat/sapa/internal/seal"
)

// FuzzOpen opens what nobody has sealed.
func FuzzOpen(f *testing.F) {
	key, err := seal.KeyOf(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	good := key.Seal("place", []byte("secret"))
	for _, seed := range []string{"", good, good + "A", ":::", "v1:" + key.ID + "::", good[:len(good)-3]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sealed string) {
		if plain, err := key.Open("place", sealed); err == nil && string(plain) != "secret" {
			t.Errorf("%q opens as %q", sealed, plain)
		}
		_, _ = key.Unwrap("place", sealed)
	})
}

// FuzzMasterKey reads any text as a master key.
func FuzzMasterKey(f *testing.F) {
	for _, seed := range []string{"", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", " \n", "____________________________________________"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := seal.Parse(text)
		if err != nil {
			return
		}
		again, err := seal.Parse(key.Text())
		if err != nil || again.ID != key.ID {
			t.Errorf("%q is another key when it is written and read: %v", text, err)
		}
	})
}
