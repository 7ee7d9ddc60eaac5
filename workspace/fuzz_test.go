package workspace

import (
	"testing"
	"unicode/utf8"
)

// FuzzFields reads any text as each of the fields that a person fills in. What is taken is taken again as it was made.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{"", "ayu@example.com", "Ayu <ayu@example.com>", "a@b\x00", "https://toko.example", "https://a:b@toko.example/x?y#z", "http://[::1]:3000", "http://localhost:99999",
		"Asia/Jakarta", "../Asia", "id", "dark", "Toko \u202eMelati", "\"a b\"@x.y", "a@[127.0.0.1]", "HTTPS://TOKO.example//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, parse := range map[string]func(string) (string, error){
			"email": parseEmail, "origin": parseOrigin, "address": parsePublicURL, "language": parseLanguage, "theme": parseTheme,
			"name": func(s string) (string, error) { return parseName(s, "name") },
		} {
			made, err := parse(text)
			if err != nil {
				continue
			}
			if again, err := parse(made); err != nil || again != made || (utf8.ValidString(text) && !utf8.ValidString(made)) {
				t.Errorf("%s: %q is %q, and then %q, %v", name, text, made, again, err)
			}
		}
		_ = (&Workspace{Name: "Toko", Country: text, Timezone: text}).check()
		_, _ = ParseRole(text)
		_, _ = parseScopes([]Permission{Permission(text)})
		_ = CheckCSRF(text, text)
	})
}
