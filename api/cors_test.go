package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

const shop, evil = "https://shop.example", "https://evil.example"

func TestCORS(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner, other := h.founded(), h.elsewhere()
		owner.do("PATCH", "/v1/workspace", object{"origins": []string{shop}}).ok(200)
		ours, theirs := h.program(owner.workspace, workspace.Scopes()...), h.program(other.workspace, workspace.Scopes()...)
		preflight := h.anyone().with("Access-Control-Request-Method", "POST")

		r := preflight.with("Origin", shop).do("OPTIONS", "/v1/messages", nil)
		require.Equal(t, 204, r.Status)
		require.Equal(t, shop, r.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, r.Header.Get("Access-Control-Allow-Headers"), "Authorization")
		r = preflight.with("Origin", evil).do("OPTIONS", "/v1/messages", nil)
		require.Equal(t, 403, r.Status)
		require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))

		for _, c := range []struct {
			who    client
			origin string
			path   string
			want   string
		}{
			{ours, shop, "/v1/numbers", shop},
			{ours, evil, "/v1/numbers", ""},
			{theirs, shop, "/v1/numbers", ""}, // listed, but not by this key's workspace
			{ours, shop, "/v1/realtime", shop},
			{ours, shop, "/v1/numbers/none", shop}, // errors can be read, too
			{h.anyone(), shop, "/v1/setup", ""},
		} {
			r := c.who.with("Origin", c.origin).do("GET", c.path, nil)
			require.Equal(t, c.want, r.Header.Get("Access-Control-Allow-Origin"), "%s from %s", c.path, c.origin)
			require.Empty(t, r.Header.Get("Access-Control-Allow-Credentials"))
			require.Contains(t, r.Header.Values("Vary"), "Origin")
		}
		r = ours.with("Origin", shop).do("POST", "/v1/realtime/auth", object{"socket_id": "1.2", "channel_name": "private-workspace." + owner.workspace})
		r.ok(200)
		require.Equal(t, shop, r.Header.Get("Access-Control-Allow-Origin"))
		owner.with("Origin", shop).do("GET", "/v1/numbers", nil).refused(401, "login_required") // a cookie is for our own pages
	})
}

func TestEveryAnswerCarriesTheSameArmour(t *testing.T) {
	h := lite(t)
	for _, path := range []string{"/v1/setup", "/v1/me", "/v1/nothing", "/v1/openapi.json", "/v1/docs"} {
		r := h.anyone().do("GET", path, nil)
		require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), path)
		require.Contains(t, r.Header.Get("Content-Security-Policy"), "default-src 'none'", path)
		require.Equal(t, "no-referrer", r.Header.Get("Referrer-Policy"), path)
		require.Equal(t, "no-store", r.Header.Get("Cache-Control"), path)
		require.Len(t, r.Header.Get("X-Request-Id"), 26, path)
	}
}

func TestTheDocsNeedNothingFromElsewhere(t *testing.T) {
	h := lite(t)
	page := string(h.anyone().do("GET", "/v1/docs", nil).Body)
	require.Contains(t, page, "/v1/openapi.json")
	require.NotContains(t, page, "http://")
	require.NotContains(t, page, "https://")
	require.NotContains(t, page, "innerHTML")
}

func TestUnknownRoutesAndMethodsAreProblemsToo(t *testing.T) {
	h := lite(t)
	h.anyone().do("GET", "/v1/nothing", nil).refused(404, "route_unknown")
	r := h.anyone().do("PUT", "/v1/me", nil)
	r.refused(405, "method_not_allowed")
	require.Contains(t, r.Header.Get("Allow"), "PATCH")
}
