package pusher_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s, other := f.connect(), f.connect()
	s.signIn(`{"id":"ana"}`)
	require.JSONEq(t, `{"user_data":"{\"id\":\"ana\"}"}`, string(s.expect("pusher:signin_success").Data))

	// With or without a subscription to the user's channel, an event arrives once.
	require.NoError(t, f.Trigger("1", "#server-to-user-ana", "hello", "{}", ""))
	s.expect("hello")
	s.ask("#server-to-user-ana", "", "")
	s.expect("pusher_internal:subscription_succeeded")
	require.NoError(t, f.Trigger("1", "#server-to-user-ana", "hello", "{}", ""))
	s.expect("hello")
	s.silent()
	other.silent()

	s.ask("#server-to-user-ben", "", "")
	s.expect("pusher:subscription_error") // another user's
	other.ask("#server-to-user-ana", "", "")
	other.expect("pusher:subscription_error") // not signed in
}

func TestSignInMustBeSigned(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	for name, c := range map[string]struct{ auth, data string }{
		"wrong secret":     {pusher.SignUser("key-one", "secret-two", "SOCKET", `{"id":"ana"}`), `{"id":"ana"}`},
		"another socket's": {pusher.SignUser("key-one", "secret-one", "1.1", `{"id":"ana"}`), `{"id":"ana"}`},
		"altered":          {pusher.SignUser("key-one", "secret-one", "SOCKET", `{"id":"ana"}`), `{"id":"ben"}`},
		"nothing":          {"", ""},
	} {
		s := f.connect()
		s.send(fields{"event": "pusher:signin", "data": fields{"auth": strings.ReplaceAll(c.auth, "SOCKET", s.id), "user_data": c.data}})
		s.expect("pusher:error")
		require.Equal(t, pusher.CodeUnauthorized, s.closed(), name)
	}
	s := f.connect()
	s.signIn(`{"name":"nobody"}`)
	require.Equal(t, pusher.CodeUnauthorized, s.closed())
}

func TestWatchlist(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{Limits: pusher.Limits{Watchlist: 2}})
	ana, ben1, ben2 := f.connect(), f.connect(), f.connect()
	ben1.signIn(`{"id":"ben"}`)
	ben1.expect("pusher:signin_success")

	ana.signIn(`{"id":"ana","watchlist":["ben","cem"]}`)
	ana.expect("pusher:signin_success")
	require.JSONEq(t, `{"events":[{"name":"online","user_ids":["ben"]},{"name":"offline","user_ids":["cem"]}]}`,
		ana.expect("pusher_internal:watchlist_events").text())

	ben2.signIn(`{"id":"ben"}`)
	ben2.expect("pusher:signin_success")
	require.NoError(t, ben1.ws.CloseNow())
	ana.silent() // Ben is still there on another socket
	require.NoError(t, ben2.ws.CloseNow())
	require.JSONEq(t, `{"events":[{"name":"offline","user_ids":["ben"]}]}`, ana.expect("pusher_internal:watchlist_events").text())

	long := f.connect()
	long.signIn(fmt.Sprintf(`{"id":"dan","watchlist":%s}`, `["1","2","3"]`))
	require.JSONEq(t, `4302`, string(field(t, long.expect("pusher:error").Data, "code")))
	long.expect("pusher:signin_success")
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	a, b, other := f.connect(), f.connect(), f.connect()
	for _, s := range []*socket{a, b} {
		s.signIn(`{"id":"ana"}`)
		s.expect("pusher:signin_success")
	}
	require.Equal(t, 2, f.Terminate("1", "ana"))
	require.Equal(t, pusher.CodeUnauthorized, a.closed())
	require.Equal(t, pusher.CodeUnauthorized, b.closed())
	require.Zero(t, f.Terminate("1", "nobody"))
	require.Zero(t, f.Terminate("2", "ana"))
	other.silent()
}

func TestSigningInAsSomebodyElse(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	s.signIn(`{"id":"ana"}`)
	s.expect("pusher:signin_success")
	s.ask("#server-to-user-ana", "", "")
	s.expect("pusher_internal:subscription_succeeded")
	s.signIn(`{"id":"ben"}`)
	s.expect("pusher:signin_success")
	require.Zero(t, f.Stats().Channels, "the former user's channel is left")
	require.NoError(t, f.Trigger("1", "#server-to-user-ana", "hello", "{}", ""))
	s.silent()
}

func TestATerminatedUserIsNotHeardAnyMore(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s, other := f.connect(), f.connect()
	s.subscribe("private-chat", "")
	other.subscribe("private-chat", "")
	s.signIn(`{"id":"ana"}`)
	s.expect("pusher:signin_success")
	f.Terminate("1", "ana")
	s.send(fields{"event": "client-last-word", "channel": "private-chat", "data": "x"})
	require.Equal(t, pusher.CodeUnauthorized, s.closed())
	require.Eventually(t, func() bool { return f.Stats().Connections == 1 }, patience, 5*time.Millisecond)
	other.silent()
}
