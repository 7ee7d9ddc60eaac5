package store

import "testing"

// FuzzCursor reads any text as the place of a page.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", ".", "kz1abc.01ARZ3NDEKTSV4RRFFQ69G5FAV", "-1.a", "zzzzzzzzzzzzzzzzzzzzz.a", "1..", "+1.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, id, err := parseCursor(text)
		if err != nil {
			return
		}
		again, sameID, err := parseCursor(cursor(at, id))
		if err != nil || again != at || sameID != id {
			t.Errorf("%q is another place when it is written and read", text)
		}
	})
}
