package pusher_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

func TestEventsReachSubscribersInOrder(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	a, b, other := f.connect(), f.connect(), f.connect()
	require.Equal(t, "{}", a.subscribe("news", "").text())
	b.subscribe("news", "")
	other.subscribe("sport", "")
	for i := range 50 {
		require.NoError(t, f.Trigger("1", "news", "tick", fmt.Sprint(i), ""))
	}
	for i := range 50 {
		require.Equal(t, fmt.Sprint(i), a.expect("tick").text())
		require.Equal(t, fmt.Sprint(i), b.expect("tick").text())
	}
	require.NoError(t, f.Trigger("1", "news", "mine", "{}", a.id))
	b.expect("mine")
	a.silent()
	other.silent()
	a.send(fields{"event": "pusher:unsubscribe", "data": fields{"channel": "news"}})
	a.silent()
	require.NoError(t, f.Trigger("1", "news", "after", "{}", ""))
	b.expect("after")
	a.silent()
}

func TestAppsAreApart(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	one, two := f.connect(), f.connectTo("key-two")
	one.subscribe("news", "")
	two.ask("news", "", "")
	two.expect("pusher_internal:subscription_succeeded")
	require.NoError(t, f.Trigger("2", "news", "for-two", "{}", ""))
	two.expect("for-two")
	one.silent()
	// A signature of app two is worth nothing in app one.
	one.ask("private-x", pusher.SignChannel("key-two", "secret-two", one.id, "private-x", ""), "")
	one.expect("pusher:subscription_error")
}

func TestSubscriptionsMustBeSigned(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s, other := f.connect(), f.connect()
	sign := func(key, secret, socket, channel, data string) string {
		return pusher.SignChannel(key, secret, socket, channel, data)
	}
	member := `{"user_id":"1"}`
	for name, c := range map[string]struct{ channel, auth, data string }{
		"no auth":              {"private-a", "", ""},
		"no key part":          {"private-a", strings.TrimPrefix(sign("key-one", "secret-one", s.id, "private-a", ""), "key-one:"), ""},
		"wrong key":            {"private-a", sign("key-two", "secret-one", s.id, "private-a", ""), ""},
		"wrong secret":         {"private-a", sign("key-one", "secret-two", s.id, "private-a", ""), ""},
		"another socket's":     {"private-a", sign("key-one", "secret-one", other.id, "private-a", ""), ""},
		"another channel's":    {"private-a", sign("key-one", "secret-one", s.id, "private-b", ""), ""},
		"altered channel_data": {"presence-a", sign("key-one", "secret-one", s.id, "presence-a", member), `{"user_id":"2"}`},
		"encrypted":            {"private-encrypted-a", "", ""},
		"cache":                {"private-cache-a", "", ""},
		"presence cache":       {"presence-cache-a", "", member},
		"nobody's user":        {"#server-to-user-1", "", ""},
	} {
		s.ask(c.channel, c.auth, c.data)
		got := s.expect("pusher:subscription_error")
		require.Equal(t, c.channel, got.Channel, name)
		require.JSONEq(t, `401`, string(field(t, got.Data, "status")), name)
	}
	require.Zero(t, f.Stats().Channels)
	s.subscribe("private-a", "")
}

func TestRotatedSecretHolds(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	f.apps.change(func(a *pusher.App) { a.Secret = "new" })
	s.ask("private-a", pusher.SignChannel("key-one", "secret-one", s.id, "private-a", ""), "")
	s.expect("pusher:subscription_error")
	s.ask("private-a", pusher.SignChannel("key-one", "new", s.id, "private-a", ""), "")
	s.expect("pusher_internal:subscription_succeeded")
}

func TestPresence(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{Limits: pusher.Limits{PresenceMembers: 2}})
	ana1, ana2, ben, cem := f.connect(), f.connect(), f.connect(), f.connect()
	ana, benData := `{"user_id":7,"user_info":{"name":"Ana"}}`, `{"user_id":"ben","user_info":{"name":"Ben"}}`

	require.JSONEq(t, `{"presence":{"ids":["7"],"hash":{"7":{"name":"Ana"}},"count":1}}`, ana1.subscribe("presence-room", ana).text())
	ana2.subscribe("presence-room", ana)
	ana1.silent() // the same user's second socket is no news

	require.JSONEq(t, `2`, string(field(t, field(t, json.RawMessage(ben.subscribe("presence-room", benData).text()), "presence"), "count")))
	for _, s := range []*socket{ana1, ana2} {
		require.JSONEq(t, `{"user_id":"ben","user_info":{"name":"Ben"}}`, s.expect("pusher_internal:member_added").text())
	}

	cem.ask("presence-room", pusher.SignChannel("key-one", "secret-one", cem.id, "presence-room", `{"user_id":"cem"}`), `{"user_id":"cem"}`)
	cem.expect("pusher:subscription_error") // full

	require.NoError(t, ana2.ws.CloseNow())
	ben.send(fields{"event": "client-hello", "channel": "presence-room", "data": fields{"a": 1}})
	hello := ana1.expect("client-hello")
	require.Equal(t, "ben", hello.UserID)
	require.JSONEq(t, `{"a":1}`, string(hello.Data))
	ben.silent() // Ana has another socket, and one's own client event does not come back

	require.NoError(t, ana1.ws.CloseNow())
	require.JSONEq(t, `{"user_id":"7"}`, ben.expect("pusher_internal:member_removed").text())
}

func TestPresenceDataIsChecked(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	for _, data := range []string{``, `{}`, `{"user_id":""}`, `{"user_id":{}}`, `{"user_id":1.5}`, `nonsense`,
		`{"user_id":"` + strings.Repeat("x", 129) + `"}`,
		`{"user_id":"1","user_info":"` + strings.Repeat("x", 1100) + `"}`} {
		s.ask("presence-a", pusher.SignChannel("key-one", "secret-one", s.id, "presence-a", data), data)
		s.expect("pusher:subscription_error")
	}
}

func TestClientEvents(t *testing.T) {
	t.Parallel()
	now := &manual{at: time.Now()}
	f := start(t, pusher.Options{Clock: now})
	a, b := f.connect(), f.connect()
	for _, channel := range []string{"private-a", "private-encrypted-a", "public"} {
		a.subscribe(channel, "")
		b.subscribe(channel, "")
	}
	refused := func(event fields) {
		t.Helper()
		a.send(event)
		require.JSONEq(t, `4301`, string(field(t, a.expect("pusher:error").Data, "code")))
		b.silent()
	}
	refused(fields{"event": "client-x", "channel": "private-encrypted-a", "data": "x"})
	refused(fields{"event": "client-x", "channel": "public", "data": "x"})
	refused(fields{"event": "other-x", "channel": "private-a", "data": "x"})
	refused(fields{"event": "client-x", "channel": "private-a", "data": strings.Repeat("x", 11<<10)})

	for i := range 10 {
		a.send(fields{"event": "client-x", "channel": "private-a", "data": i})
		require.JSONEq(t, fmt.Sprint(i), string(b.expect("client-x").Data))
	}
	refused(fields{"event": "client-x", "channel": "private-a", "data": "x"}) // the eleventh within a second
	require.EqualValues(t, 1, f.Stats().RateLimited)
	now.advance(100 * time.Millisecond)
	a.send(fields{"event": "client-x", "channel": "private-a", "data": "the next"})
	b.expect("client-x")

	f.apps.change(func(app *pusher.App) { app.NoClientEvents = true })
	b.send(fields{"event": "client-x", "channel": "private-a", "data": "x"})
	b.expect("pusher:error")
	a.silent()
}

func TestCacheChannels(t *testing.T) {
	t.Parallel()
	now := &manual{at: time.Now()}
	f := start(t, pusher.Options{Clock: now, Limits: pusher.Limits{CachedChannels: 2}})
	s := f.connect()
	s.subscribe("cache-a", "")
	require.Equal(t, "cache-a", s.expect("pusher:cache_miss").Channel)
	require.NoError(t, f.Trigger("1", "cache-a", "tick", "first", ""))
	require.NoError(t, f.Trigger("1", "cache-a", "tick", "second", ""))
	s.expect("tick")
	s.expect("tick")

	late := f.connect()
	late.subscribe("cache-a", "")
	require.Equal(t, "second", late.expect("tick").text(), "only the last is kept")

	now.advance(31 * time.Minute)
	later := f.connect()
	later.subscribe("cache-a", "")
	later.expect("pusher:cache_miss")

	for i := range 3 { // kept without a subscriber, but no more than the limit
		now.advance(time.Second)
		require.NoError(t, f.Trigger("1", fmt.Sprintf("cache-%d", i), "tick", "x", ""))
	}
	later.subscribe("cache-0", "")
	later.expect("pusher:cache_miss")
	later.subscribe("cache-2", "")
	later.expect("tick")
}

func TestSubscriptionCount(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	f.apps.change(func(a *pusher.App) { a.SubscriptionCount = true })
	a, b := f.connect(), f.connect()
	a.subscribe("news", "")
	require.JSONEq(t, `{"subscription_count":1}`, a.expect("pusher_internal:subscription_count").text())
	b.subscribe("news", "")
	require.JSONEq(t, `{"subscription_count":2}`, a.expect("pusher_internal:subscription_count").text())
	require.NoError(t, b.ws.CloseNow())
	require.JSONEq(t, `{"subscription_count":1}`, a.expect("pusher_internal:subscription_count").text())
}

func TestTooManySubscriptions(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{Limits: pusher.Limits{Channels: 1}})
	s := f.connect()
	s.subscribe("a", "")
	s.ask("a", "", "")
	s.expect("pusher:error") // twice the same
	s.ask("b", "", "")
	s.expect("pusher:subscription_error")
}

func TestTriggerRefusesBadInput(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	require.Error(t, f.Trigger("1", "white space", "e", "{}", ""))
	require.Error(t, f.Trigger("1", "a", "pusher:error", "{}", ""))
	require.Error(t, f.Trigger("1", "a", "", "{}", ""))
	require.Error(t, f.Trigger("1", "a", "e", strings.Repeat("x", 65<<10), ""))
	require.NoError(t, f.Trigger("unknown app", "a", "e", "{}", ""), "nobody listens there")
}

func field(t *testing.T, data json.RawMessage, name string) json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &m))
	return m[name]
}
