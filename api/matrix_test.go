package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/workspace"
)

func pageOf(limit int) page.Request { return page.Request{Limit: limit} }

// cell is what the matrix must know of a route that the document does not say: how to make the thing in its
// path, a body that is right, and what the answer to somebody who may is.
type cell struct {
	// thing makes what {id} names in a workspace and returns its id; nil when the path names nothing of a workspace.
	thing func(h *house, ws string) string
	body  any
	want  int
}

func aNumber(h *house, ws string) string { return h.number(ws) }
func aConversation(h *house, ws string) string {
	id, _, _ := h.talk(ws, h.number(ws))
	return id
}
func aMessage(h *house, ws string) string {
	_, id, _ := h.talk(ws, h.number(ws))
	return id
}
func aContact(h *house, ws string) string {
	_, _, id := h.talk(ws, h.number(ws))
	return id
}
func aMember(h *house, ws string) string {
	p, err := h.people.CreatePerson(h.t.Context(), workspace.NewPerson{Name: "Guest", Email: h.fresh("guest") + "@example.com", Password: password})
	require.NoError(h.t, err)
	require.NoError(h.t, h.people.AddMember(h.t.Context(), ws, p.ID, workspace.Agent))
	return p.ID
}
func anInvitation(h *house, ws string) string {
	i, err := h.people.Invite(h.t.Context(), ws, workspace.Member{Role: workspace.Owner}, h.fresh("invited")+"@example.com", workspace.Agent)
	require.NoError(h.t, err)
	return i.ID
}
func aKey(h *house, ws string) string {
	k, _, err := h.people.CreateKey(h.t.Context(), ws, "", "x", []workspace.Permission{workspace.ReadNumbers})
	require.NoError(h.t, err)
	return k.ID
}

type object = map[string]any

// cells is the matrix: a new route without a row fails the test.
func cells() map[string]cell {
	return map[string]cell{
		"GET /v1/setup":                         {want: 200},
		"POST /v1/setup":                        {body: object{"token": "x", "name": "Eve", "email": "eve@example.com", "password": password, "workspace": object{"name": "Eve"}}, want: 410},
		"POST /v1/login":                        {body: object{"email": "ayu@example.com", "password": password}, want: 200},
		"POST /v1/logout":                       {want: 204},
		"GET /v1/me":                            {want: 200},
		"PATCH /v1/me":                          {body: object{"language": "en"}, want: 200},
		"POST /v1/me/password":                  {body: object{"current": password, "new": password}, want: 200},
		"POST /v1/password-reset/request":       {body: object{"email": "nobody@example.com"}, want: 202},
		"GET /v1/password-reset/{token}":        {want: 404},
		"POST /v1/password-reset/{token}":       {body: object{"password": password}, want: 404},
		"GET /v1/invitations/{id}":              {want: 404},
		"POST /v1/invitations/{id}/accept":      {body: object{"name": "Eve", "password": password}, want: 404},
		"POST /v1/workspaces":                   {body: object{"name": "Cabang"}, want: 201},
		"GET /v1/workspace":                     {want: 200},
		"PATCH /v1/workspace":                   {body: object{"name": "Toko"}, want: 200},
		"GET /v1/people":                        {want: 200},
		"PATCH /v1/people/{id}":                 {thing: aMember, body: object{"role": "admin"}, want: 200},
		"DELETE /v1/people/{id}":                {thing: aMember, want: 204},
		"POST /v1/people/{id}/password-reset":   {thing: aMember, want: 200},
		"GET /v1/invitations":                   {want: 200},
		"POST /v1/invitations":                  {body: object{"email": "new@example.com", "role": "agent"}, want: 201},
		"DELETE /v1/invitations/{id}":           {thing: anInvitation, want: 204},
		"GET /v1/api-keys":                      {want: 200},
		"POST /v1/api-keys":                     {body: object{"name": "Shop", "scopes": []string{"messages:send"}}, want: 201},
		"DELETE /v1/api-keys/{id}":              {thing: aKey, want: 204},
		"GET /v1/numbers":                       {want: 200},
		"POST /v1/numbers":                      {body: object{"name": "Kasir"}, want: 201},
		"GET /v1/numbers/{id}":                  {thing: aNumber, want: 200},
		"PATCH /v1/numbers/{id}":                {thing: aNumber, body: object{"name": "Gudang"}, want: 200},
		"DELETE /v1/numbers/{id}":               {thing: aNumber, want: 204},
		"POST /v1/numbers/{id}/connect":         {thing: aNumber, want: 409}, // not linked yet
		"POST /v1/numbers/{id}/disconnect":      {thing: aNumber, want: 200},
		"POST /v1/numbers/{id}/restart":         {thing: aNumber, want: 409},
		"POST /v1/numbers/{id}/logout":          {thing: aNumber, want: 200},
		"POST /v1/numbers/{id}/primary":         {thing: aNumber, want: 200},
		"POST /v1/numbers/{id}/pair":            {thing: aNumber, body: object{"method": "qr"}, want: 503}, // no WhatsApp here
		"GET /v1/numbers/{id}/pairing":          {thing: aNumber, want: 200},
		"DELETE /v1/numbers/{id}/pairing":       {thing: aNumber, want: 204},
		"POST /v1/numbers/{id}/pairing/passkey": {thing: aNumber, body: object{"confirm": true}, want: 409},
		"POST /v1/numbers/{id}/simulated-scan":  {thing: aNumber, body: object{}, want: 409},
		"GET /v1/conversations":                 {want: 200},
		"GET /v1/conversations/{id}":            {thing: aConversation, want: 200},
		"PATCH /v1/conversations/{id}":          {thing: aConversation, body: object{"metadata": object{"vip": true}}, want: 200},
		"GET /v1/conversations/{id}/messages":   {thing: aConversation, want: 200},
		"POST /v1/conversations/{id}/messages":  {thing: aConversation, body: object{"text": "Masih!"}, want: 202},
		"POST /v1/conversations/{id}/read":      {thing: aConversation, body: object{}, want: 200},
		"POST /v1/conversations/{id}/typing":    {thing: aConversation, body: object{"on": true}, want: 503}, // not connected
		"POST /v1/messages":                     {body: object{"to": "+6281234567890", "text": "Halo"}, want: 202},
		"GET /v1/messages/{id}":                 {thing: aMessage, want: 200},
		"PATCH /v1/messages/{id}":               {thing: aMessage, body: object{"metadata": object{}}, want: 200},
		"POST /v1/messages/{id}/retry":          {thing: aMessage, want: 409}, // it came in
		"GET /v1/contacts":                      {want: 200},
		"GET /v1/contacts/{id}":                 {thing: aContact, want: 200},
		"PATCH /v1/contacts/{id}":               {thing: aContact, body: object{"name": "Bu Siti"}, want: 200},
		"GET /v1/events":                        {want: 200},
		"GET /v1/overview":                      {want: 200},
		"GET /v1/realtime":                      {want: 200},
		"POST /v1/realtime/auth":                {body: object{"socket_id": "1.2", "channel_name": "private-nothing"}, want: 403},
		"POST /v1/realtime/user-auth":           {body: object{"socket_id": "1.2"}, want: 200},
		"GET /v1/realtime/app":                  {want: 200},
		"POST /v1/realtime/app/rotate":          {want: 200},
		"POST /v1/setup/address":                {body: object{"token": "guess", "public_url": "https://chat.example.com"}, want: 410},
		"POST /v1/settings/address":             {body: object{"public_url": "https://chat.example.com"}, want: 200},
		"GET /v1/settings":                      {want: 200},
		"PATCH /v1/settings":                    {body: object{"public_url": "https://chat.example.com"}, want: 200},
	}
}

// operation is a route as the document tells it.
type operation struct {
	Method     string
	Path       string
	Access     string
	Permission workspace.Permission
}

func (o operation) String() string { return o.Method + " " + o.Path }

// operations are all routes, from the document that is made of them.
func operations(t *testing.T, document []byte) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Access     string               `json:"x-access"`
			Permission workspace.Permission `json:"x-permission"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(document, &doc))
	var all []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			all = append(all, operation{strings.ToUpper(method), path, op.Access, op.Permission})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// cast is everybody who tries every route.
type cast struct {
	owner, admin, agent, stranger, administrator client
}

func gather(h *house) cast {
	c := cast{owner: h.founded()}
	ws := c.owner.workspace
	c.admin = h.person("dewi@example.com", ws, workspace.Admin)
	c.agent = h.person("budi@example.com", ws, workspace.Agent)
	c.stranger = h.elsewhere()
	c.administrator = h.person("root@example.com", "", "").in(ws)
	_, err := h.people.SetAdministrator(h.t.Context(), "root@example.com", true)
	require.NoError(h.t, err)
	return c
}

// at fills the path of a route with a thing of the workspace.
func (c cell) at(h *house, path, ws string) string {
	if c.thing != nil {
		return strings.Replace(path, "{id}", c.thing(h, ws), 1)
	}
	return strings.NewReplacer("{id}", "no-such-token", "{token}", "no-such-token").Replace(path)
}

func TestEveryRouteAgainstEverybody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		table := cells()
		c := gather(h)
		for _, op := range operations(t, h.server.Document()) {
			row, ok := table[op.String()]
			require.True(t, ok, "%s has no row in the isolation matrix", op)
			delete(table, op.String())
			path := row.at(h, op.Path, c.owner.workspace)
			switch op.Access {
			case "public":
			case "person", "administrator":
				outsiders(t, h, c, op, path, row)
			case "member":
				outsiders(t, h, c, op, path, row)
				strangers(t, h, c, op, row)
				ranks(t, h, c, op, path, row)
			default:
				t.Errorf("%s: unknown access %q", op, op.Access)
			}
		}
		require.Empty(t, table, "rows without a route")
	})
}

// outsiders are those who are nobody, or act without the page's token.
func outsiders(t *testing.T, h *house, c cast, op operation, path string, row cell) {
	h.anyone().in(c.owner.workspace).do(op.Method, path, row.body).refused(401, "login_required")
	client{h: h, cookie: "made-up", csrf: "x"}.do(op.Method, path, row.body).refused(401, "session_over")
	client{h: h, key: "sapa_made-up"}.do(op.Method, path, row.body).refused(401, "key_unknown")
	c.owner.with("Origin", "https://evil.example").do(op.Method, path, row.body).refused(401, "login_required")
	if op.Method != http.MethodGet {
		c.owner.with("Sapa-CSRF", "").do(op.Method, path, row.body).refused(403, "csrf")
		c.owner.with("Sapa-CSRF", c.agent.csrf).do(op.Method, path, row.body).refused(403, "csrf")
	}
	switch op.Access {
	case "person":
		h.program(c.owner.workspace, workspace.Scopes()...).do(op.Method, path, row.body).refused(403, "person_required")
	case "administrator":
		h.program(c.owner.workspace, workspace.Scopes()...).do(op.Method, path, row.body).refused(403, "person_required")
		c.stranger.do(op.Method, path, row.body).refused(403, "administrator_required")
	}
}

// strangers are powerful elsewhere. Here nothing exists for them, and nothing of elsewhere exists here.
func strangers(t *testing.T, h *house, c cast, op operation, row cell) {
	here, there := c.owner.workspace, c.stranger.workspace
	theirs := row.at(h, op.Path, there)
	ours := row.at(h, op.Path, here)
	c.stranger.in(here).do(op.Method, ours, row.body).refused(404, "workspace_unknown")
	c.administrator.in(here).do(op.Method, ours, row.body).refused(404, "workspace_unknown")
	c.owner.in("").do(op.Method, ours, row.body).refused(422, "workspace_missing")
	keyOfThere := h.program(there, workspace.Scopes()...)
	keyOfThere.in(here).do(op.Method, ours, row.body).refused(404, "workspace_unknown")
	if row.thing == nil {
		return
	}
	for _, who := range []client{c.owner, h.program(here, workspace.Scopes()...)} {
		if who.key != "" && !slices.Contains(workspace.Scopes(), op.Permission) {
			continue
		}
		r := who.do(op.Method, theirs, row.body)
		require.Equal(t, 404, r.Status, "%s with an id of another workspace: %s", op, r.Body)
		require.NotContains(t, string(r.Body), "Joko")
	}
}

// ranks are those inside, each with what they may and may not.
func ranks(t *testing.T, h *house, c cast, op operation, path string, row cell) {
	for role, who := range map[workspace.Role]client{workspace.Agent: c.agent, workspace.Admin: c.admin} {
		r := who.do(op.Method, row.at(h, op.Path, who.workspace), row.body)
		if !role.May(op.Permission) {
			r.refused(403, "role_insufficient")
		} else {
			require.NotEqual(t, 401, r.Status, "%s as %s", op, role)
			require.NotEqual(t, "role_insufficient", reasonOf(r), "%s as %s", op, role)
		}
	}
	others := slices.DeleteFunc(workspace.Scopes(), func(p workspace.Permission) bool { return p == op.Permission })
	h.program(c.owner.workspace, others...).do(op.Method, path, row.body).refused(403, "scope_missing")
}

func reasonOf(r reply) string {
	var p struct {
		Reason string `json:"reason"`
	}
	_ = json.Unmarshal(r.Body, &p)
	return p.Reason
}

// Whoever may, can: the matrix would also pass if every route refused everybody.
func TestEveryRouteWorksForWhoMay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		for _, op := range operations(t, h.server.Document()) {
			row := cells()[op.String()]
			who := h.login("ayu@example.com").in(owner.workspace)
			r := who.do(op.Method, row.at(h, op.Path, owner.workspace), row.body)
			require.Equal(t, row.want, r.Status, "%s: %s", op, r.Body)
		}
	})
}
