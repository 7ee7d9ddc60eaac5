package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

const ownerPassword = "sebuah sandi yang panjang"

// siege is a workspace of its own in which everything may break, and what is known of it.
type siege struct {
	w         *world
	workspace string
	targets   []target
	doc       *document
	key       string
	tally     tally

	mu  sync.Mutex
	ids map[string][]string // of what is there, by kind: the last word of the path before the id
}

// besiege makes the second workspace, with one of everything.
func (w *world) besiege(ctx context.Context) (*siege, error) {
	s := &siege{w: w, ids: map[string][]string{}, tally: tally{by: map[int]int{}, reached: map[string]bool{}, refused: map[string]int{}, wrong: map[string]int{}}}
	var err error
	if s.targets, s.doc, err = targets(ctx, w.owner); err != nil {
		return nil, err
	}
	var made struct {
		ID  string
		Key string
	}
	if err := w.owner.Do(ctx, http.MethodPost, "/v1/workspaces", map[string]string{"name": "Toko Musuh", "country": "ID", "timezone": "Asia/Jakarta"}, &made); err != nil {
		return nil, err
	}
	s.workspace = made.ID
	owner := w.owner.In(s.workspace)
	scopes := []string{"messages:send", "messages:read", "numbers:read", "numbers:write", "contacts:read", "contacts:write", "events:read", "realtime:use"}
	if err := owner.Do(ctx, http.MethodPost, "/v1/api-keys", map[string]any{"name": "lawan", "scopes": scopes}, &made); err != nil {
		return nil, err
	}
	s.key = made.Key
	if err := s.invite(ctx, owner); err != nil {
		return nil, err
	}
	return s, s.furnish(ctx, owner)
}

// invite makes members whom the attacks may change. The owner is none of them: who takes their own rights away gets no further.
func (s *siege) invite(ctx context.Context, owner *drive.Client) error {
	for i := range 4 {
		var made struct{ Link string }
		email := fmt.Sprintf("anggota%d@example.com", i)
		if err := owner.Do(ctx, http.MethodPost, "/v1/invitations", map[string]string{"email": email, "role": "agent"}, &made); err != nil {
			return err
		}
		guest := drive.NewClient(s.w.url)
		defer guest.Close()
		accept := "/v1/invitations/" + made.Link[strings.LastIndexByte(made.Link, '/')+1:] + "/accept"
		if err := guest.Do(ctx, http.MethodPost, accept, map[string]string{"name": "Anggota", "password": ownerPassword}, nil); err != nil {
			return err
		}
	}
	var people struct {
		Items []struct{ ID, Email string }
	}
	if err := owner.Do(ctx, http.MethodGet, "/v1/people", nil, &people); err != nil {
		return err
	}
	for _, p := range people.Items {
		if strings.HasPrefix(p.Email, "anggota") {
			s.add("people", p.ID)
		}
	}
	return nil
}

// furnish pairs a number and lets somebody write to it.
func (s *siege) furnish(ctx context.Context, owner *drive.Client) error {
	for i := range 2 {
		n, err := owner.AddNumber(ctx, fmt.Sprint("Korban ", i))
		if err != nil {
			return err
		}
		phone := s.w.net.Account(fmt.Sprintf("62812%07d", i))
		if err := owner.Pair(ctx, n.ID, phone); err != nil {
			return err
		}
		s.add("numbers", n.ID)
		if _, err := s.w.net.Contact(fmt.Sprintf("62859%07d", i)).Write(ctx, phone, "halo, masih buka?"); err != nil {
			return err
		}
	}
	return drive.Every(ctx, 50*time.Millisecond, func() (bool, error) {
		all, err := owner.Conversations(ctx)
		if err != nil || len(all) < 2 {
			return false, err
		}
		for _, v := range all {
			s.add("conversations", v.ID)
			s.add("contacts", v.Contact.ID)
			s.add("messages", v.LastMessage.ID)
		}
		return true, nil
	})
}

func (s *siege) add(kind, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids[kind]) >= 64 { // the first are those that live longest
		s.ids[kind] = append(s.ids[kind][:8:8], s.ids[kind][32:]...)
	}
	s.ids[kind] = append(s.ids[kind], id)
}

// some is one that was made; those that destroy get one that was made by an attack.
func (s *siege) some(random *rand.Rand, kind string, destroys bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.ids[kind]
	if destroys {
		all = all[min(len(all), 2):]
	}
	if len(all) == 0 {
		return "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	}
	return all[random.IntN(len(all))]
}

// learn remembers what a request has made.
func (b *besieger) learn(t target, status int, body []byte) {
	if status >= 300 || t.method != http.MethodPost {
		return
	}
	var made struct{ ID, Link string }
	if json.Unmarshal(body, &made) != nil {
		return
	}
	words := strings.Split(t.path, "/")
	if made.ID != "" && len(words) == 3 {
		b.add(words[2], made.ID)
	}
	if at := strings.LastIndexByte(made.Link, '/'); at > 0 {
		b.add("tokens", made.Link[at+1:])
	}
}

// credentials makes a request one of a person or a program who may, and nearly always one that comes from the interface.
func (b *besieger) credentials(ctx context.Context, t target, req *http.Request) error {
	if req.Header.Get("Authorization") != "" {
		return nil
	}
	if t.public || (t.key && b.random.IntN(2) == 0) {
		if !t.public {
			req.Header.Set("Authorization", "Bearer "+b.key)
		}
		return nil
	}
	if b.cookie == "" {
		if err := b.login(ctx); err != nil {
			return err
		}
	}
	req.Header.Set("Cookie", b.cookie)
	req.Header.Set("Sapa-CSRF", b.csrf)
	if req.Header.Get("Sapa-Workspace") == "" {
		req.Header.Set("Sapa-Workspace", b.workspace)
	}
	return nil
}

func (b *besieger) login(ctx context.Context) error {
	body, _ := json.Marshal(map[string]string{"email": "ayu@example.com", "password": ownerPassword})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.w.url+"/v1/login", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", b.address())
	resp, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	var me struct{ CSRF string }
	if err := json.NewDecoder(resp.Body).Decode(&me); err != nil || resp.StatusCode != http.StatusOK || len(resp.Cookies()) == 0 {
		return fmt.Errorf("the owner cannot log in: %s, %w", resp.Status, err)
	}
	b.cookie, b.csrf = resp.Cookies()[0].Name+"="+resp.Cookies()[0].Value, me.CSRF
	return nil
}

func (b *besieger) address() string {
	return fmt.Sprintf("10.%d.%d.%d", b.random.IntN(256), b.random.IntN(256), b.random.IntN(256))
}

// request makes one that is right, and spoils it.
func (b *besieger) request(ctx context.Context, t target) (*http.Request, string, error) {
	where := "body"
	if t.body == nil && !t.form || b.random.IntN(4) == 0 {
		where = []string{"path", "query", "header", "body"}[b.random.IntN(4)]
	}
	path, query := b.path(t, where == "path"), b.query(t, where == "query")
	var body []byte
	if t.body != nil || t.form || where == "body" {
		body = b.body(t, where == "body")
	}
	u, err := url.Parse(b.w.url)
	if err != nil {
		return nil, "", err
	}
	u.Opaque, u.RawQuery = "//"+u.Host+path, query
	req, err := http.NewRequestWithContext(ctx, t.method, b.w.url, bytes.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	req.URL = u
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if t.form && b.random.IntN(2) == 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("X-Forwarded-For", b.address())
	if where == "header" {
		b.spoilHeader(req)
	}
	return req, fmt.Sprintf("%s?%s %q", path, query, body), nil
}

func (b *besieger) path(t target, spoil bool) string {
	words := strings.Split(t.path, "/")
	for i, word := range words {
		if !strings.HasPrefix(word, "{") {
			continue
		}
		kind := words[i-1]
		if word == "{token}" || (t.public && kind == "invitations") {
			kind = "tokens"
		}
		last := words[len(words)-1]
		id := b.some(b.random, kind, t.method == http.MethodDelete || last == "logout" || last == "disconnect")
		if spoil {
			words[i] = b.oddSegment(id)
			continue
		}
		words[i] = url.PathEscape(id)
	}
	path := strings.Join(words, "/")
	if spoil && b.random.IntN(10) == 0 {
		path = []string{path + "/", path + "/..", "/" + path, path + "%00", path + ";a=b", strings.ToUpper(path), path + "/x", path + "//"}[b.random.IntN(8)]
	}
	return path
}

func (b *besieger) oddSegment(id string) string {
	switch b.random.IntN(5) {
	case 0:
		return url.PathEscape(id) + []string{"%00", "%ff", "%2F..%2F", "%C3", "%ED%A0%80", "%0a", "%20", "."}[b.random.IntN(8)]
	case 1:
		return url.PathEscape(strings.ToLower(id))
	case 2:
		return clip(url.PathEscape(oddText(b.random)+id), 6000)
	case 3:
		return clip(url.PathEscape(oddText(b.random)), 6000)
	default:
		return url.PathEscape(string(mutateBytes(b.random, []byte(id))))
	}
}

// query fills every parameter that the document names, and spoils some.
func (b *besieger) query(t target, spoil bool) string {
	var pairs []string
	right := map[string]string{"limit": "10", "after": "0", "before": "100", "order": "asc", "type": "message.received", "q": "halo", "unread": "true"}
	for _, name := range t.query {
		value := right[name]
		if name == "number" {
			value = b.some(b.random, "numbers", false)
		}
		if name == "cursor" {
			value = []string{"", "kz1abc.01ARZ3NDEKTSV4RRFFQ69G5FAV"}[b.random.IntN(2)]
		}
		if spoil && b.random.IntN(2) == 0 {
			value = []string{oddText(b.random), strings.Trim(oddNumbers[b.random.IntN(len(oddNumbers))], " "), mutateText(b.random, value)}[b.random.IntN(3)]
			value = clip(value, 3000)
		} else if b.random.IntN(3) == 0 {
			continue
		}
		pairs = append(pairs, name+"="+url.QueryEscape(value))
		if spoil && b.random.IntN(8) == 0 {
			pairs = append(pairs, name+"="+url.QueryEscape(value), name+"[]=1", name+"=%", ";", "&&", "%00=%ff")
		}
	}
	if spoil && len(pairs) == 0 {
		pairs = append(pairs, clip(url.QueryEscape(oddText(b.random)), 300), "=", "%zz", "a=%ff")
	}
	return strings.Join(pairs, "&")
}

func (b *besieger) spoilHeader(req *http.Request) {
	for range 1 + b.random.IntN(2) {
		name := []string{"Content-Type", "Accept", "Idempotency-Key", "Sapa-Workspace", "Sapa-CSRF", "Authorization", "Origin", "X-Forwarded-For",
			"X-Forwarded-Proto", "Content-Encoding", "Accept-Encoding", "If-None-Match", "Range", "Accept-Language"}[b.random.IntN(14)]
		value := []string{"", "*/*", "application/json; charset=utf-16", "text/plain", "multipart/form-data; boundary=x", "application/xml", "gzip", "null", "https://evil.example", "Bearer ", "Bearer sapa_x",
			"Basic YTpi", "bytes=0-1", "application/json;;;", "::1", "1.1.1.1, 999.9.9.9", "application/cbor", oddText(b.random)}[b.random.IntN(18)]
		value = strings.Map(func(r rune) rune {
			if r < ' ' || r == 127 {
				return -1
			}
			return r
		}, value)
		req.Header.Set(name, clip(value, 8000))
	}
}

func clip(s string, n int) string { return s[:min(len(s), n)] }
