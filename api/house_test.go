package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/api"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/reach"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/workspace"
)

// house is the API on real rooms and a real database. Only WhatsApp and the Pusher server are missing.
type house struct {
	t       *testing.T
	db      *store.DB
	server  *api.Server
	handler http.Handler
	people  *workspace.Service
	numbers *number.Service
	inbox   *inbox.Service
	clock   *turned
	log     *logged
	scans   *phones
	probe   probe
	count   atomic.Int64
}

// each runs a test on every engine.
func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, build(t, db)) })
}

// lite runs a test on SQLite alone, for what does not depend on the engine.
func lite(t *testing.T) *house {
	t.Helper()
	t.Parallel()
	return build(t, storetest.New(t))
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, clock: &turned{begun: clock.System{}.Now()}, log: &logged{}, scans: &phones{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.people = workspace.New(workspace.Config{Store: store.Workspaces{DB: db}, Clock: h.clock, Probe: &h.probe, Hashing: workspace.Hashing{MemoryKiB: 64, Passes: 1}})
	h.inbox = inbox.New(store.Inbox{DB: db}, inbox.Options{Log: log})
	h.numbers = number.New(store.Numbers{DB: db}, nobody{}, number.Options{Log: log})
	h.numbers.Bind(h.inbox)
	h.inbox.Connect(h.numbers)
	apps := realtime.NewApps(store.Realtime{DB: db}, h.people, h.clock, nil)
	h.server = api.New(api.Config{
		Workspaces: h.people, Attempts: store.Workspaces{DB: db}, Numbers: h.numbers, Inbox: h.inbox,
		Outbox: send.New(store.Outbox{DB: db}, send.Options{Log: log}), Events: db,
		Realtime:  realtime.New(realtime.Options{Apps: apps, Store: store.Realtime{DB: db}, Driver: silent{}}),
		Simulator: h.scans, Clock: h.clock, Log: log, Version: "test",
	})
	h.handler = h.server.Handler()
	return h
}

// turned is a clock that stands still until the test turns it on.
type turned struct {
	begun time.Time
	by    atomic.Int64
}

func (c *turned) Now() time.Time { return c.begun.Add(time.Duration(c.by.Load())) }

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// nobody is a provider without a WhatsApp behind it.
type nobody struct{}

func (nobody) Open(context.Context, wa.Spec, wa.Receiver) (wa.Link, error) {
	return nil, fault.Errorf(fault.Unavailable, "WhatsApp does not exist here")
}
func (nobody) Forget(context.Context, wa.NumberRef) error { return nil }

// probe is the world outside: what it answers, and which addresses it was asked for.
type probe struct {
	mu     sync.Mutex
	answer reach.Reason
	asked  []string
}

func (p *probe) Check(_ context.Context, origin string) reach.Reason {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, origin)
	return p.answer
}

// silent is a Pusher server that nobody listens to.
type silent struct{}

func (silent) Trigger(string, string, string, string, string) error    { return nil }
func (silent) Occupied(string, string) bool                            { return false }
func (silent) CloseApp(context.Context, string, string, time.Duration) {}
func (silent) Vouch(string, string, string)                            {}
func (silent) Expel(string, string, string) int                        { return 0 }

// phones are simulated ones that scan anything.
type phones struct{ scanned atomic.Int64 }

func (p *phones) Scan(context.Context, string, wa.Phone) error      { p.scanned.Add(1); return nil }
func (p *phones) EnterCode(context.Context, string, wa.Phone) error { p.scanned.Add(1); return nil }

// client sends requests as somebody.
type client struct {
	h         *house
	cookie    string
	csrf      string
	workspace string
	key       string
	header    map[string]string
}

// reply is what came back.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   []byte
}

func (h *house) anyone() client { return client{h: h} }

// with is the same client with another header.
func (c client) with(name, value string) client {
	header := map[string]string{name: value}
	for n, v := range c.header {
		if _, set := header[n]; !set {
			header[n] = v
		}
	}
	c.header = header
	return c
}

func (c client) in(ws string) client { c.workspace = ws; return c }

// do sends a request. A string is sent as it is, anything else as JSON.
func (c client) do(method, path string, body any) reply {
	c.h.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		require.NoError(c.h.t, err)
		reader = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, path, reader)
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "sapa_session", Value: c.cookie})
		r.Header.Set("Sapa-CSRF", c.csrf)
	}
	if c.workspace != "" {
		r.Header.Set("Sapa-Workspace", c.workspace)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.h.handler.ServeHTTP(w, r)
	return reply{c.h.t, w.Code, w.Header(), w.Body.Bytes()}
}

// ok demands a status and reads the answer into a map.
func (r reply) ok(status int) map[string]any {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, string(r.Body))
	out := map[string]any{}
	if len(r.Body) > 0 {
		require.NoError(r.t, json.Unmarshal(r.Body, &out), string(r.Body))
	}
	return out
}

// refused demands a problem with a status and a reason, in the shape that all problems have.
func (r reply) refused(status int, reason string) api.Problem {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, string(r.Body))
	require.Equal(r.t, "application/problem+json", r.Header.Get("Content-Type"))
	var p api.Problem
	require.NoError(r.t, json.Unmarshal(r.Body, &p))
	require.Equal(r.t, status, p.Status)
	require.Equal(r.t, reason, p.Reason, p.Detail)
	require.NotEmpty(r.t, p.Detail)
	require.Contains(r.t, p.Type, p.Code)
	return p
}

// session is the cookie that an answer sets.
func (r reply) session() *http.Cookie {
	r.t.Helper()
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if c.Name == "sapa_session" {
			return c
		}
	}
	r.t.Fatal("no session cookie in the answer")
	return nil
}

const password = "correct horse"

// login logs somebody in and gives their client.
func (h *house) login(email string) client {
	h.t.Helper()
	r := h.anyone().do("POST", "/v1/login", map[string]any{"email": email, "password": password})
	me := r.ok(http.StatusOK)
	return client{h: h, cookie: r.session().Value, csrf: me["csrf"].(string)}
}

// founded runs setup through the API and returns the first administrator in their workspace.
func (h *house) founded() client {
	h.t.Helper()
	token, err := h.people.SetupToken(h.t.Context())
	require.NoError(h.t, err)
	r := h.anyone().do("POST", "/v1/setup", map[string]any{
		"token": token, "name": "Ayu", "email": "ayu@example.com", "password": password, "language": "id",
		"workspace": map[string]any{"name": "Toko Ayu", "country": "ID", "timezone": "Asia/Jakarta"},
	})
	me := r.ok(http.StatusOK)
	ws := me["memberships"].([]any)[0].(map[string]any)["workspace"].(map[string]any)["id"].(string)
	return client{h: h, cookie: r.session().Value, csrf: me["csrf"].(string), workspace: ws}
}

// person makes a login in a workspace; an empty one is none.
func (h *house) person(email, ws string, role workspace.Role) client {
	h.t.Helper()
	p, err := h.people.CreatePerson(h.t.Context(), workspace.NewPerson{Name: "Budi", Email: email, Password: password})
	require.NoError(h.t, err)
	if ws != "" {
		require.NoError(h.t, h.people.AddMember(h.t.Context(), ws, p.ID, role))
	}
	return h.login(email).in(ws)
}

// elsewhere is a second workspace with an owner of its own.
func (h *house) elsewhere() client {
	h.t.Helper()
	p, err := h.people.CreatePerson(h.t.Context(), workspace.NewPerson{Name: "Joko", Email: "joko@example.com", Password: password})
	require.NoError(h.t, err)
	w, err := h.people.Create(h.t.Context(), workspace.Draft{Name: "Toko Joko"}, p.ID)
	require.NoError(h.t, err)
	return h.login("joko@example.com").in(w.ID)
}

// program is a client with an API key.
func (h *house) program(ws string, scopes ...workspace.Permission) client {
	h.t.Helper()
	_, secret, err := h.people.CreateKey(h.t.Context(), ws, "", "Shop", scopes)
	require.NoError(h.t, err)
	return client{h: h, key: secret}
}

// fresh is a word that was not there before.
func (h *house) fresh(prefix string) string { return fmt.Sprintf("%s%d", prefix, h.count.Add(1)) }

// number makes a number in a workspace.
func (h *house) number(ws string) string {
	h.t.Helper()
	n, err := h.numbers.Create(h.t.Context(), ws, number.Draft{Name: h.fresh("number ")})
	require.NoError(h.t, err)
	return n.ID
}

// talk lets a new customer write to a number and returns the ids of conversation, message and contact.
func (h *house) talk(ws, num string) (conversation, message, contact string) {
	h.t.Helper()
	n := h.count.Add(1)
	err := h.inbox.Message(h.t.Context(), wa.NumberRef{Workspace: ws, ID: num, Epoch: 1}, wa.Incoming{
		ID: fmt.Sprintf("WA%d", n), Time: h.clock.Now(), Kind: wa.KindText, Text: "Halo, masih ada?",
		Contact: wa.Person{Identity: wa.Identity{Phone: wa.Phone(fmt.Sprintf("+62812000%05d", n))}, PushName: "Siti"},
	})
	require.NoError(h.t, err)
	p, err := h.inbox.Conversations(h.t.Context(), ws, inbox.Filter{Number: num}, pageOf(1))
	require.NoError(h.t, err)
	require.NotEmpty(h.t, p.Items)
	return p.Items[0].ID, p.Items[0].LastMessage.ID, p.Items[0].Contact.ID
}
