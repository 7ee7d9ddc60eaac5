package line_test

import (
	"testing"

	"github.com/sapa-chat/sapa/internal/line"
)

// FuzzClean makes any text fit for a line.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "Bu Siti", "\u202e\u2066abc", "a\x00b\n", "\xff\xfe", "\u200b\ufe0f", "  a  ", "\u00a0\u202fx\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := line.Clean(text)
		if clean != "" && !line.Fits(clean) {
			t.Errorf("%q was made %q, which does not fit", text, clean)
		}
		if again := line.Clean(clean); again != clean {
			t.Errorf("%q was made %q and then %q", text, clean, again)
		}
	})
}
