package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

// Pusher clients send forms, with the CSRF token where Laravel puts it.
func TestAChannelIsAuthorizedAsPusherClientsAsk(t *testing.T) {
	h := lite(t)
	owner, other := h.founded(), h.elsewhere()
	form := "socket_id=1.2&channel_name=private-workspace." + owner.workspace
	asForm := func(c client) client { return c.with("Content-Type", "application/x-www-form-urlencoded") }

	key := owner.do("GET", "/v1/realtime", nil).ok(200)["key"].(string)
	laravel := asForm(owner).with("Sapa-CSRF", "").with("X-CSRF-TOKEN", owner.csrf)
	grant := laravel.do("POST", "/v1/realtime/auth", form).ok(200)
	require.Contains(t, grant["auth"], key+":")
	asForm(h.program(owner.workspace, workspace.UseRealtime, workspace.ReadMessages)).do("POST", "/v1/realtime/auth", form).ok(200)
	asForm(h.program(owner.workspace, workspace.UseRealtime)).do("POST", "/v1/realtime/auth", form).refused(403, "channel_forbidden")
	asForm(other).do("POST", "/v1/realtime/auth", form).refused(404, "")

	before := owner.do("GET", "/v1/realtime/app", nil).ok(200)
	after := owner.do("POST", "/v1/realtime/app/rotate", nil).ok(200)
	require.Equal(t, before["key"], after["key"])
	require.NotEqual(t, before["secret"], after["secret"])
}

// A message that waits says for what.
func TestAQueuedMessageSaysWhyItHasNotLeft(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	h.number(owner.workspace)
	m := owner.do("POST", "/v1/messages", object{"to": "0812 3456 7890", "text": "Halo", "client_ref": "order-7"}).ok(202)
	require.Equal(t, "person", m["author"].(object)["kind"])
	read := owner.do("GET", "/v1/messages/"+m["id"].(string), nil).ok(200)
	require.Equal(t, "disconnected", read["waiting"].(object)["reason"])
	require.Equal(t, "order-7", read["client_ref"])

	// The list says the same, with one look into the database for all that wait.
	conversation := m["conversation"].(string)
	for range 3 {
		owner.do("POST", "/v1/conversations/"+conversation+"/messages", object{"text": "Masih ada?"}).ok(202)
	}
	path := "/v1/conversations/" + conversation + "/messages"
	before := h.db.Stats().Statements
	list := owner.do("GET", path+"?limit=1", nil).ok(200)["items"].([]any)
	one := h.db.Stats().Statements - before
	require.Equal(t, "disconnected", list[0].(object)["waiting"].(object)["reason"])
	require.EqualValues(t, 3, list[0].(object)["waiting"].(object)["ahead"])
	before = h.db.Stats().Statements
	list = owner.do("GET", path, nil).ok(200)["items"].([]any)
	require.Len(t, list, 4)
	require.Equal(t, one, h.db.Stats().Statements-before)
	require.Contains(t, list[0].(object), "text")
}
