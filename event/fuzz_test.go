package event_test

import (
	"encoding/json"
	"testing"

	"github.com/sapa-chat/sapa/event"
)

// FuzzMetadata takes nothing but JSON objects of a bounded size.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"a":1,"a":2}`, "[1]", `{"a":{"b":[null]}}`, "{\"\\ud800\":1}", "\x00", `{"a":1e999}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		if event.CheckMetadata(m) != nil || len(m) == 0 {
			return
		}
		if len(m) > event.MaxMetadataBytes || !json.Valid(m) {
			t.Errorf("%q was taken", m)
		}
	})
}
