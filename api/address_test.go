package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/reach"
)

// The check is advice for whoever sets the installation up, and no tool for looking around from its machine.
func TestAnAddressIsCheckedBeforeSetupForTheHolderOfTheLinkAlone(t *testing.T) {
	h := lite(t)
	token, err := h.people.SetupToken(t.Context())
	require.NoError(t, err)
	check := func(token, url string) reply {
		return h.anyone().do("POST", "/v1/setup/address", object{"token": token, "public_url": url})
	}
	check("guess", "https://chat.example.com").refused(403, "setup_link_wrong")
	h.anyone().with("Origin", evil).do("POST", "/v1/setup/address", object{"token": token, "public_url": "https://chat.example.com"}).refused(403, "origin_foreign")
	require.Empty(t, h.probe.asked, "nobody else makes the server ask anything")

	h.probe.answer = reach.Silent
	got := check(token, " https://Chat.example.com/ ").ok(200)
	require.Equal(t, map[string]any{
		"public_url": "https://chat.example.com", "reached": false, "reason": "silent",
		"detail": "this address could not be reached from here: nothing answers there",
	}, got)
	h.probe.answer = reach.Reached
	require.Equal(t, true, check(token, "https://chat.example.com").ok(200)["reached"])
	require.Equal(t, []string{"https://chat.example.com", "https://chat.example.com"}, h.probe.asked)

	h.founded() // with another link of the same installation: checking has used none up
	check(token, "https://chat.example.com").refused(410, "setup_done")
}

func TestOnlyWebAddressesAreCheckedAndNotTooOften(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	check := func(url string) reply { return owner.do("POST", "/v1/settings/address", object{"public_url": url}) }
	for _, url := range []string{
		"", "chat.example.com", "ftp://chat.example.com", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "javascript:alert(1)",
		"http://user:secret@chat.example.com", "https://chat.example.com/admin", "https://chat.example.com/?a=b", "https://chat.example.com#a",
		"http://chat.example.com\r\nHost: evil", "http://", "http://*.example.com", "http://a b", "http://[::1", "http://127.0.0.1:99999999999",
	} {
		r := check(url)
		require.Equal(t, 422, r.Status, "%q: %s", url, r.Body)
	}
	require.Empty(t, h.probe.asked)

	for i := range 10 {
		check(fmt.Sprintf("http://203.0.113.7:%d", 1000+i)).ok(200)
	}
	p := check("http://203.0.113.7:2000").refused(429, "checked_too_often")
	require.Equal(t, 60, p.RetryAfter)
	require.Len(t, h.probe.asked, 10)
	h.clock.by.Add(int64(2 * time.Minute))
	check("https://chat.example.com").ok(200)
}

// A warning must never keep somebody from saving what only they know to be right.
func TestAnAddressThatCannotBeReachedIsSavedAllTheSame(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	h.probe.answer = reach.NameUnknown
	owner.do("POST", "/v1/settings/address", object{"public_url": "https://soon.example.com"}).ok(200)
	saved := owner.do("PATCH", "/v1/settings", object{"public_url": "https://soon.example.com"}).ok(200)
	require.Equal(t, "https://soon.example.com", saved["public_url"])
}
