package inbox

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sapa-chat/sapa/wa"
)

// FuzzSanitize makes any foreign text fit for both databases.
func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{"", "halo", "a\x00b", "\xff", "\xed\xa0\x80", strings.Repeat("é", 200), strings.Repeat("😀", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := sanitize(wa.Incoming{ID: text, Text: text, Quoted: &wa.Quote{ID: text, Text: text}})
		for _, s := range []string{m.ID, m.Text, m.Quoted.ID, m.Quoted.Text} {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) || len(s) > wa.MaxTextBytes {
				t.Errorf("%q was made %q", text, s)
			}
		}
		if len(m.ID) > maxIDBytes {
			t.Errorf("an id of %d bytes", len(m.ID))
		}
	})
}
