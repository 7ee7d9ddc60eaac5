package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

func TestSetupThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		require.Equal(t, true, h.anyone().do("GET", "/v1/setup", nil).ok(200)["needed"])
		form := object{"token": "guessed", "name": "Eve", "email": "eve@example.com", "password": password, "workspace": object{"name": "Eve"}}
		h.anyone().do("POST", "/v1/setup", form).refused(403, "setup_link_wrong")
		ayu := h.founded()
		h.anyone().do("POST", "/v1/setup", form).refused(410, "setup_done")
		require.Equal(t, false, h.anyone().do("GET", "/v1/setup", nil).ok(200)["needed"])
		me := ayu.do("GET", "/v1/me", nil).ok(200)
		require.Equal(t, true, me["person"].(object)["administrator"])
		require.Equal(t, "test", me["version"])
	})
}

func TestTheCookieIsForOurPagesOnly(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	credentials := object{"email": "ayu@example.com", "password": password}
	c := h.anyone().do("POST", "/v1/login", credentials).session()
	require.True(t, c.HttpOnly)
	require.False(t, c.Secure, "plain http on loopback")
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/", c.Path)
	require.True(t, h.anyone().with("X-Forwarded-Proto", "https").do("POST", "/v1/login", credentials).session().Secure)

	owner.do("PATCH", "/v1/settings", object{"public_url": "https://chat.example.com"}).ok(200)
	require.True(t, h.anyone().do("POST", "/v1/login", credentials).session().Secure)
	owner.with("Origin", "https://chat.example.com").do("GET", "/v1/me", nil).ok(200)
	owner.with("Origin", "http://example.com").do("GET", "/v1/me", nil).ok(200) // the host that was asked
	owner.with("Origin", "null").do("GET", "/v1/me", nil).refused(401, "login_required")
	h.anyone().with("Origin", "https://evil.example").do("POST", "/v1/login", credentials).refused(403, "origin_foreign")
	h.anyone().with("Sec-Fetch-Site", "cross-site").do("POST", "/v1/login", credentials).refused(403, "origin_foreign")
}

func TestLoginRotatesTheSession(t *testing.T) {
	h := lite(t)
	planted := h.founded()
	r := planted.do("POST", "/v1/login", object{"email": "ayu@example.com", "password": password})
	require.NotEqual(t, planted.cookie, r.session().Value)
	planted.do("GET", "/v1/me", nil).refused(401, "session_over")
}

func TestLogoutRemovesTheCookie(t *testing.T) {
	h := lite(t)
	ayu := h.founded()
	r := ayu.do("POST", "/v1/logout", nil)
	r.ok(204)
	require.Empty(t, r.session().Value)
	require.Negative(t, r.session().MaxAge)
	ayu.do("GET", "/v1/me", nil).refused(401, "session_over")
}

func TestTheEleventhWrongPasswordSaysHowLongToWait(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.founded()
		wrong := object{"email": "ayu@example.com", "password": "wrong horse"}
		for range 10 {
			h.anyone().do("POST", "/v1/login", wrong).refused(401, "login_wrong")
		}
		r := h.anyone().do("POST", "/v1/login", object{"email": "ayu@example.com", "password": password})
		p := r.refused(429, "login_locked")
		require.Equal(t, 900, p.RetryAfter)
		require.NotEmpty(t, r.Header.Get("Retry-After"))
		h.clock.by.Add(int64(16 * time.Minute))
		h.login("ayu@example.com")
	})
}

func TestANewPasswordKeepsThisPageAndEndsTheOthers(t *testing.T) {
	h := lite(t)
	here := h.founded()
	there := h.login("ayu@example.com")
	here.do("POST", "/v1/me/password", object{"current": "wrong horse", "new": "another password"}).refused(422, "password_wrong")
	r := here.do("POST", "/v1/me/password", object{"current": password, "new": "another password"})
	me := r.ok(200)
	there.do("GET", "/v1/me", nil).refused(401, "session_over")
	fresh := client{h: h, cookie: r.session().Value, csrf: me["csrf"].(string)}
	fresh.do("PATCH", "/v1/me", object{"theme": "dark"}).ok(200)
}

func TestInviteAcceptAndReset(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		inv := owner.do("POST", "/v1/invitations", object{"email": "budi@example.com", "role": "agent"}).ok(201)
		link := inv["link"].(string)
		require.True(t, strings.HasPrefix(link, "/invitation/"))
		token := strings.TrimPrefix(link, "/invitation/")
		offer := h.anyone().do("GET", "/v1/invitations/"+token, nil).ok(200)
		require.Equal(t, object{"workspace_name": "Toko Ayu", "email": "budi@example.com", "role": "agent", "existing_person": false}, offer)
		r := h.anyone().do("POST", "/v1/invitations/"+token+"/accept", object{"name": "Budi", "password": password})
		id := r.ok(200)["person"].(object)["id"].(string)
		require.NotContains(t, string(owner.do("GET", "/v1/invitations", nil).Body), "link")

		reset := owner.do("POST", "/v1/people/"+id+"/password-reset", nil).ok(200)["link"].(string)
		h.anyone().do("GET", "/v1"+reset, nil).ok(200)
		h.anyone().do("POST", "/v1"+reset, object{"password": "a new password"}).ok(204)
		h.anyone().do("POST", "/v1"+reset, object{"password": "a new password"}).refused(404, "reset_over")
		h.anyone().do("POST", "/v1/login", object{"email": "budi@example.com", "password": "a new password"}).ok(200)
	})
}

func TestWhoIsRemovedIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		budi := h.person("budi@example.com", owner.workspace, workspace.Admin)
		budi.do("GET", "/v1/people", nil).ok(200)
		id := budi.do("GET", "/v1/me", nil).ok(200)["person"].(object)["id"].(string)
		owner.do("PATCH", "/v1/people/"+id, object{"role": "agent"}).ok(200)
		budi.do("GET", "/v1/api-keys", nil).refused(403, "role_insufficient")
		owner.do("DELETE", "/v1/people/"+id, nil).ok(204)
		budi.do("GET", "/v1/people", nil).refused(404, "workspace_unknown")
		require.Empty(t, budi.do("GET", "/v1/me", nil).ok(200)["memberships"])
	})
}
