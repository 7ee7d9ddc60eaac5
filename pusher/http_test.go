package pusher_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

// request is a signed HTTP call with things that can be spoiled.
type request struct {
	method, path, body, query string
	key, secret, version      string
	skew                      time.Duration
	noMD5                     bool
	spoil                     func(url.Values)
}

func (f *fixture) call(r request) (int, string) {
	f.t.Helper()
	orElse := func(v *string, fallback string) {
		if *v == "" {
			*v = fallback
		}
	}
	orElse(&r.method, "POST")
	orElse(&r.key, "key-one")
	orElse(&r.secret, "secret-one")
	orElse(&r.version, "1.0")
	q, err := url.ParseQuery(r.query)
	require.NoError(f.t, err)
	q.Set("auth_key", r.key)
	q.Set("auth_version", r.version)
	q.Set("auth_timestamp", strconv.FormatInt(f.clock.Now().Add(r.skew).Unix(), 10))
	if r.body != "" && !r.noMD5 {
		sum := md5.Sum([]byte(r.body))
		q.Set("body_md5", hex.EncodeToString(sum[:]))
	}
	plain, err := url.QueryUnescape(q.Encode()) // sorted
	require.NoError(f.t, err)
	q.Set("auth_signature", pusher.SignRequest(r.secret, r.method, r.path, plain))
	if r.spoil != nil {
		r.spoil(q)
	}
	req, err := http.NewRequestWithContext(f.t.Context(), r.method, f.url+r.path+"?"+q.Encode(), strings.NewReader(r.body))
	require.NoError(f.t, err)
	answer, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(f.t, err)
	return answer.StatusCode, string(body)
}

const event = `{"name":"e","channel":"news","data":"{}"}`

func TestHTTPCallsMustBeSigned(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	for name, c := range map[string]struct {
		request
		want int
	}{
		"right":              {request{}, 200},
		"599 s late":         {request{skew: -599 * time.Second}, 200},
		"601 s late":         {request{skew: -601 * time.Second}, 401},
		"601 s early":        {request{skew: 601 * time.Second}, 401},
		"wrong secret":       {request{secret: "x"}, 401},
		"wrong key":          {request{key: "key-two"}, 401},
		"wrong version":      {request{version: "2.0"}, 401},
		"no md5 of the body": {request{noMD5: true}, 401},
		"unknown app":        {request{path: "/apps/9/events"}, 401},
		"other app":          {request{path: "/apps/2/events"}, 401},
		"no signature":       {request{spoil: func(q url.Values) { q.Del("auth_signature") }}, 401},
		"no timestamp":       {request{spoil: func(q url.Values) { q.Del("auth_timestamp") }}, 401},
		"added parameter":    {request{spoil: func(q url.Values) { q.Set("info", "user_count") }}, 401},
		"repeated parameter": {request{spoil: func(q url.Values) { q.Add("auth_key", "key-one") }}, 400},
	} {
		if c.path == "" {
			c.path = "/apps/1/events"
		}
		c.body = event
		got, text := f.call(c.request)
		require.Equal(t, c.want, got, "%s: %s", name, text)
	}
	f.apps.change(func(a *pusher.App) { a.Disabled = true })
	got, _ := f.call(request{path: "/apps/1/events", body: event})
	require.Equal(t, 403, got)
}

func TestHTTPAlteredBody(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	sum := md5.Sum([]byte(`{"name":"other"}`))
	got, _ := f.call(request{path: "/apps/1/events", body: event, query: "body_md5=" + hex.EncodeToString(sum[:]), noMD5: true})
	require.Equal(t, 401, got)
}

func TestHTTPEvents(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	s.subscribe("news", "")
	s.subscribe("presence-room", `{"user_id":"ana"}`)
	post := func(want int, path, body string) string {
		t.Helper()
		got, text := f.call(request{path: path, body: body})
		require.Equal(t, want, got, text)
		return text
	}
	require.JSONEq(t, `{}`, post(200, "/apps/1/events", `{"name":"e","channels":["news","empty"],"data":"{\"a\":1}"}`))
	require.JSONEq(t, `{"a":1}`, s.expect("e").text())
	post(200, "/apps/1/events", `{"name":"e","channel":"news","data":"{}","socket_id":"`+s.id+`"}`)
	s.silent()
	require.JSONEq(t, `{"channels":{"presence-room":{"user_count":1,"subscription_count":1}}}`,
		post(200, "/apps/1/events", `{"name":"e","channels":["presence-room"],"data":"{}","info":"user_count,subscription_count"}`))
	s.expect("e")
	require.JSONEq(t, `{}`, post(200, "/apps/1/batch_events", `{"batch":[{"name":"a","channel":"news","data":"1"},{"name":"b","channel":"news","data":"2"}]}`))
	s.expect("a")
	s.expect("b")
	require.JSONEq(t, `{"batch":[{"subscription_count":1},{}]}`,
		post(200, "/apps/1/batch_events", `{"batch":[{"name":"a","channel":"news","data":"1","info":"subscription_count"},{"name":"b","channel":"news","data":"2"}]}`))
	s.expect("a")
	s.expect("b")

	many := strings.TrimSuffix(strings.Repeat(`"news",`, 101), ",")
	eleven := strings.TrimSuffix(strings.Repeat(event+",", 11), ",")
	for body, want := range map[string]int{
		`nonsense`:                      400,
		`{}`:                            400,
		`{"name":"e","channel":"news"}`: 400,
		`{"name":"e","channel":"news","data":{"a":1}}`:                              400,
		`{"name":"","channel":"news","data":"{}"}`:                                  400,
		`{"name":"pusher:error","channel":"news","data":"{}"}`:                      400,
		`{"name":"e","data":"{}"}`:                                                  400,
		`{"name":"e","channel":"white space","data":"{}"}`:                          400,
		`{"name":"e","channel":"news","data":"{}","socket_id":"x"}`:                 400,
		`{"name":"e","channel":"news","data":"{}","info":"user_count"}`:             400,
		`{"name":"e","channel":"news","data":"{}","info":"secrets"}`:                400,
		`{"name":"e","channel":"news","data":"{}"}{}`:                               400,
		`{"name":"e","channels":[` + many + `],"data":"{}"}`:                        400,
		`{"name":"e","channel":"news","data":"` + strings.Repeat("x", 10241) + `"}`: 413,
		`{"name":"` + strings.Repeat("x", 600<<10) + `"}`:                           413,
	} {
		post(want, "/apps/1/events", body)
	}
	post(400, "/apps/1/batch_events", `{"batch":[]}`)
	post(400, "/apps/1/batch_events", `{"batch":[`+eleven+`]}`)
	post(400, "/apps/1/batch_events", `{"batch":[`+event+`,{"name":"pusher:x","channel":"news","data":"{}"}]}`)
	s.silent() // nothing of a refused call was published, not even a batch's good half
}

func TestHTTPState(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	a, b := f.connect(), f.connect()
	a.subscribe("presence-room", `{"user_id":"ana"}`)
	b.subscribe("presence-room", `{"user_id":"ben"}`)
	a.expect("pusher_internal:member_added")
	a.subscribe("cache-news", "")
	require.NoError(t, f.Trigger("1", "cache-news", "e", "42", ""))
	get := func(want int, path, query string) string {
		t.Helper()
		got, text := f.call(request{method: "GET", path: path, query: query})
		require.Equal(t, want, got, text)
		return text
	}
	require.JSONEq(t, `{"channels":{"presence-room":{},"cache-news":{}}}`, get(200, "/apps/1/channels", ""))
	require.JSONEq(t, `{"channels":{"presence-room":{"user_count":2}}}`, get(200, "/apps/1/channels", "filter_by_prefix=presence-&info=user_count"))
	get(400, "/apps/1/channels", "info=user_count")
	require.JSONEq(t, `{"occupied":true,"user_count":2,"subscription_count":2}`, get(200, "/apps/1/channels/presence-room", "info=user_count,subscription_count"))
	require.JSONEq(t, `{"occupied":false,"subscription_count":0}`, get(200, "/apps/1/channels/nobody", "info=subscription_count"))
	var cached struct {
		Cache struct {
			Data string
			TTL  int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(get(200, "/apps/1/channels/cache-news", "info=cache")), &cached))
	require.Equal(t, "42", cached.Cache.Data)
	require.InDelta(t, 1800, cached.Cache.TTL, 5)
	require.JSONEq(t, `{"users":[{"id":"ana"},{"id":"ben"}]}`, get(200, "/apps/1/channels/presence-room/users", ""))
	require.JSONEq(t, `{"users":[]}`, get(200, "/apps/1/channels/presence-empty/users", ""))
	get(400, "/apps/1/channels/news/users", "")
	get(404, "/apps/1/secrets", "")
}

func TestHTTPTerminate(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	s.signIn(`{"id":"ana"}`)
	s.expect("pusher:signin_success")
	got, text := f.call(request{path: "/apps/1/users/ana/terminate_connections", body: "{}"})
	require.Equal(t, 200, got, text)
	require.Equal(t, pusher.CodeUnauthorized, s.closed())
	got, _ = f.call(request{path: "/apps/1/users/" + fmt.Sprint(strings.Repeat("x", 200)) + "/terminate_connections"})
	require.Equal(t, 400, got)
}
