package realtime

import "testing"

// FuzzChannel reads any name of a channel.
func FuzzChannel(f *testing.F) {
	for _, seed := range []string{"", "private-workspace.", "private-workspace.a", "private-encrypted-number.01A", "presence-conversation.a.b", "private-", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if prefix, id, ok := splitChannel(name); ok && (prefix+id != name || id == "") {
			t.Errorf("%q was cut into %q and %q", name, prefix, id)
		}
	})
}
