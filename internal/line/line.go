// Package line is about texts that are shown on one line: names of people, workspaces, numbers and contacts.
//
// A name is shown next to other text, often without its own frame. What would break out of the line, turn the
// direction of writing so that a name reads as another, or show nothing at all has no place in one.
package line

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fits reports whether text can be shown as it is: valid UTF-8, nothing that [Clean] would remove, something to see.
func Fits(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, hostile) && strings.ContainsFunc(text, visible)
}

// Clean makes a foreign text fit by leaving out what does not belong; "" when nothing is left to see.
func Clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if hostile(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if !strings.ContainsFunc(text, visible) {
		return ""
	}
	return strings.TrimSpace(text)
}

func hostile(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

func visible(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Variation_Selector, r)
}
