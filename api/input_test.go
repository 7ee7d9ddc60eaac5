package api_test

import (
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/workspace"
)

// dump is everything that the tables of this capability hold, as text.
func dump(t *testing.T, db *store.DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{"people", "sessions", "password_resets", "setup_links", "settings", "invitations", "api_keys", "idempotency"} {
		err := db.ReadSystem(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				cells := make([]any, len(columns))
				into := make([]any, len(columns))
				for i := range cells {
					into[i] = &cells[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				raw, _ := json.Marshal(cells)
				b.Write(raw)
			}
			return rows.Err()
		})
		require.NoError(t, err)
	}
	return b.String()
}

// A stolen database or log logs nobody in.
func TestNoSecretIsStoredOrLogged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		key := owner.do("POST", "/v1/api-keys", object{"name": "Shop", "scopes": []string{"messages:send"}}).ok(201)["key"].(string)
		link := owner.do("POST", "/v1/invitations", object{"email": "budi@example.com", "role": "agent"}).ok(201)["link"].(string)
		owner.do("POST", "/v1/login", object{"email": "ayu@example.com", "password": "planted-password"})
		stored, logged := dump(t, h.db), h.log.String()
		for _, secret := range []string{owner.cookie, owner.csrf, key, strings.TrimPrefix(link, "/invitation/"), password, "planted-password"} {
			require.NotContains(t, stored, secret)
			require.NotContains(t, logged, secret)
		}
	})
}

func TestBadInputIsToldAndNothingElseHappens(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	number := h.number(owner.workspace)
	conversation, _, _ := h.talk(owner.workspace, number)
	messages := "/v1/conversations/" + conversation + "/messages"
	for name, c := range map[string]struct {
		method, path string
		body         any
		header       string
		status       int
		reason       string
	}{
		"malformed JSON":          {"POST", "/v1/numbers", `{"name":`, "", 400, "json_malformed"},
		"two values":              {"POST", "/v1/numbers", `{"name":"a"}{"name":"b"}`, "", 400, "json_malformed"},
		"no body":                 {"POST", "/v1/numbers", nil, "", 400, "json_malformed"},
		"an array":                {"POST", "/v1/numbers", `[]`, "", 422, "validation"},
		"null":                    {"POST", "/v1/numbers", `null`, "", 422, "validation"},
		"unknown field":           {"POST", "/v1/numbers", object{"name": "a", "workspace": "x"}, "", 422, "validation"},
		"unknown nested field":    {"POST", "/v1/setup", object{"token": "x", "name": "E", "email": "e@example.com", "password": password, "workspace": object{"name": "E", "max_numbers": 9}}, "", 422, "validation"},
		"a key twice":             {"POST", messages, `{"text":"yes","text":"no"}`, "", 422, "key_duplicate"},
		"a key twice, nested":     {"PATCH", "/v1/conversations/" + conversation, `{"metadata":{"a":1,"a":2}}`, "", 422, "key_duplicate"},
		"a key in another case":   {"POST", "/v1/numbers", `{"Name":"a"}`, "", 422, "key_case"},
		"one in each case":        {"POST", messages, `{"text":"yes","Text":"no"}`, "", 422, "key_case"},
		"channel auth, twice":     {"POST", "/v1/realtime/auth", `{"socket_id":"1.2","socket_id":"1.3","channel_name":"x"}`, "", 422, "key_duplicate"},
		"wrong type":              {"POST", "/v1/numbers", object{"name": 5}, "", 422, "validation"},
		"wrong enum":              {"POST", "/v1/numbers/" + number + "/pair", object{"method": "smoke"}, "", 422, "validation"},
		"missing field":           {"POST", messages, object{}, "", 422, "validation"},
		"unknown query":           {"GET", "/v1/conversations?unreed=true", nil, "", 422, "validation"},
		"limit out of range":      {"GET", "/v1/conversations?limit=100000", nil, "", 422, "validation"},
		"limit no number":         {"GET", "/v1/conversations?limit=many", nil, "", 422, "validation"},
		"form instead of JSON":    {"POST", "/v1/numbers", `name=a`, "application/x-www-form-urlencoded", 415, "media_type"},
		"text/plain":              {"POST", "/v1/numbers", `{"name":"a"}`, "text/plain", 415, "media_type"},
		"empty text":              {"POST", messages, object{"text": ""}, "", 422, "text_empty"},
		"blank text":              {"POST", messages, object{"text": " \n\t"}, "", 422, "text_empty"},
		"70 kB of text":           {"POST", messages, object{"text": strings.Repeat("a", 70<<10)}, "", 413, "text_too_long"},
		"oversized body":          {"POST", messages, object{"text": strings.Repeat("a", 600<<10)}, "", 413, "body_too_large"},
		"oversized small body":    {"PATCH", "/v1/me", object{"name": strings.Repeat("a", 70<<10)}, "", 413, "body_too_large"},
		"malformed number":        {"POST", "/v1/messages", object{"to": "not a number", "text": "Halo"}, "", 422, "phone_malformed"},
		"expiry in the past":      {"POST", messages, object{"text": "Halo", "expires_at": "2020-01-01T00:00:00Z"}, "", 422, "expires_at_past"},
		"metadata is no object":   {"PATCH", "/v1/conversations/" + conversation, object{"metadata": []int{1}}, "", 422, "validation"},
		"metadata is null":        {"PATCH", "/v1/conversations/" + conversation, `{"metadata":null}`, "", 422, "validation"},
		"metadata too large":      {"PATCH", "/v1/conversations/" + conversation, object{"metadata": object{"a": strings.Repeat("b", 5000)}}, "", 413, "metadata_too_large"},
		"role that is none":       {"POST", "/v1/invitations", object{"email": "x@example.com", "role": "god"}, "", 422, "validation"},
		"scope that is none":      {"POST", "/v1/api-keys", object{"name": "x", "scopes": []string{"god"}}, "", 422, "scope_unknown"},
		"origin that is none":     {"PATCH", "/v1/workspace", object{"origins": []string{"*"}}, "", 422, "origin_malformed"},
		"own plan":                {"PATCH", "/v1/workspace", object{"max_numbers": 1000}, "", 422, "validation"},
		"own flag":                {"PATCH", "/v1/me", object{"administrator": true}, "", 422, "validation"},
		"id with a path in it":    {"GET", "/v1/numbers/..%2f..%2fme", nil, "", 404, ""},
		"id with a quote in it":   {"GET", "/v1/numbers/'%20OR%201=1", nil, "", 404, ""},
		"id of a kilobyte":        {"GET", "/v1/numbers/" + strings.Repeat("a", 1000), nil, "", 422, "validation"},
		"passkey without answer":  {"POST", "/v1/numbers/" + number + "/pairing/passkey", object{}, "", 422, "passkey_answer"},
		"channel without socket":  {"POST", "/v1/realtime/auth", object{"channel_name": "x"}, "", 422, ""},
		"channel auth of garbage": {"POST", "/v1/realtime/auth", `{"socket_id":{}}`, "", 400, "json_malformed"},
	} {
		who := owner
		if c.header != "" {
			who = who.with("Content-Type", c.header)
		}
		r := who.do(c.method, c.path, c.body)
		require.Equal(t, c.status, r.Status, "%s: %s", name, r.Body)
		p := r.refused(c.status, c.reason)
		require.NotContains(t, p.Detail, "sql", name)
	}
	require.Len(t, owner.do("GET", "/v1/numbers", nil).ok(200)["items"], 1)
	require.NotContains(t, h.log.String(), "panick")
}

// A validator that quotes the input would put a mistyped password into logs of proxies and screenshots.
func TestProblemsDoNotQuoteTheInput(t *testing.T) {
	h := lite(t)
	h.founded()
	for _, body := range []any{object{"email": 5, "password": "planted-secret"}, `{"email":"a","password":"planted-secret"`, object{"email": "a", "password": strings.Repeat("planted-secret", 100)}} {
		require.NotContains(t, string(h.anyone().do("POST", "/v1/login", body).Body), "planted-secret")
	}
}

// Thousands of broken bodies: none may reach the inside of anything.
func TestMutatedBodiesNeverBreakTheServer(t *testing.T) {
	h := lite(t)
	owner := h.founded()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	ops := operations(t, h.server.Document())
	for range 2000 {
		op := ops[random.IntN(len(ops))]
		row := cells()[op.String()]
		if row.body == nil || op.Path == "/v1/login" || op.Path == "/v1/me/password" { // these lock or log out the test
			continue
		}
		raw, err := json.Marshal(row.body)
		require.NoError(t, err)
		path := strings.NewReplacer("{id}", "01JD0000000000000000000000", "{token}", "x").Replace(op.Path)
		r := owner.do(op.Method, path, mutate(random, string(raw)))
		require.Less(t, r.Status, 500, "seed %d: %s %s", seed, op, r.Body)
	}
}

func mutate(r *rand.Rand, text string) string {
	b := []byte(text)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b) + 1)
		switch r.IntN(5) {
		case 0:
			b = append(b[:at:at], append([]byte{byte(r.IntN(256))}, b[at:]...)...)
		case 1:
			b = b[:at]
		case 2:
			if at < len(b) {
				b[at] = byte(r.IntN(256))
			}
		case 3:
			pieces := []string{"null", "[]", "{}", `"\u0000"`, "1e999", "-1", `"` + strings.Repeat("x", 300) + `"`, "\xff\xfe", strings.Repeat("[", 200)}
			b = append(b[:at:at], append([]byte(pieces[r.IntN(len(pieces))]), b[at:]...)...)
		case 4:
			b = append(b, b[:at]...)
		}
		if len(b) == 0 {
			b = []byte(" ")
		}
	}
	return string(b)
}

// What a key may not read by one door it may not read by another.
func TestTheEventLogNeedsTheRightToReadMessages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		h.talk(owner.workspace, h.number(owner.workspace))
		h.program(owner.workspace, workspace.ReadEvents).do("GET", "/v1/events", nil).refused(403, "scope_missing")
		h.program(owner.workspace, workspace.ReadEvents, workspace.ReadMessages).do("GET", "/v1/events?type=message.received,number.created&limit=1", nil).ok(200)
	})
}

// PostgreSQL keeps no NUL in a text and SQLite stops reading at one: neither may come so far.
func TestWhatIsNotTextStopsAtTheDoor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		for _, path := range []string{"/v1/conversations?q=%00", "/v1/contacts?q=a%ff", "/v1/numbers/%00", "/v1/messages/a%C0%AF", "/v1/events?type=%00"} {
			owner.do("GET", path, nil).refused(422, "address_encoding")
		}
		owner.do("POST", "/v1/messages", object{"to": "+6281234567890", "text": "hi", "client_ref": "\x00"}).refused(422, "body_encoding")
		owner.do("POST", "/v1/numbers", object{"name": "a", "metadata": object{"a": "\x00"}}).refused(422, "body_encoding")
		owner.do("POST", "/v1/numbers", object{"name": `a\u0000`, "provider": "web"}).ok(201)
	})
}

// The limit on how long a body may take is one of the connection: a handler in between that hides the connection would undo it in silence.
func TestTheTimeForABodyIsThatOfTheConnection(t *testing.T) {
	h := lite(t)
	server := httptest.NewUnstartedServer(h.handler)
	watched := &watchedListener{Listener: server.Listener}
	server.Listener = watched
	server.Start()
	t.Cleanup(server.Close)
	before := time.Now()
	answer, err := server.Client().Post(server.URL+"/v1/login", "application/json", strings.NewReader(`{"email":"a@example.com","password":"x"}`))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	watched.mu.Lock()
	defer watched.mu.Unlock()
	require.Len(t, watched.ahead, 1, "one deadline, for the body")
	require.False(t, watched.ahead[0].Before(before.Add(20*time.Second)))
	require.False(t, watched.ahead[0].After(time.Now().Add(20*time.Second)))
}

// watchedListener notes the deadlines in the future that its connections are given.
type watchedListener struct {
	net.Listener
	mu    sync.Mutex
	ahead []time.Time
}

func (l *watchedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return watchedConn{c, l}, err
}

type watchedConn struct {
	net.Conn
	in *watchedListener
}

func (c watchedConn) SetReadDeadline(t time.Time) error {
	if t.After(time.Now()) {
		c.in.mu.Lock()
		c.in.ahead = append(c.in.ahead, t)
		c.in.mu.Unlock()
	}
	return c.Conn.SetReadDeadline(t)
}
