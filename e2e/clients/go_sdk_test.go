package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	sdk "github.com/pusher/pusher-http-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

// listener is a socket by hand: pusher-http-go is a server SDK and cannot listen.
type listener struct {
	t  *testing.T
	ws *websocket.Conn
	id string
}

type frame struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
}

func (f frame) text() string {
	var s string
	_ = json.Unmarshal(f.Data, &s)
	return s
}

func (h *host) listen() *listener {
	h.t.Helper()
	ws, _, err := websocket.Dial(h.t.Context(), "ws"+strings.TrimPrefix(h.http.URL, "http")+"/app/"+key+"?protocol=7", nil)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = ws.CloseNow() })
	l := &listener{t: h.t, ws: ws}
	var hello struct {
		ID string `json:"socket_id"`
	}
	require.NoError(h.t, json.Unmarshal([]byte(l.expect("pusher:connection_established").text()), &hello))
	l.id = hello.ID
	return l
}

func (l *listener) expect(event string) frame {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	_, body, err := l.ws.Read(ctx)
	require.NoError(l.t, err)
	var f frame
	require.NoError(l.t, json.Unmarshal(body, &f))
	require.Equal(l.t, event, f.Event, "%s", body)
	return f
}

func (l *listener) say(event, data string) {
	l.t.Helper()
	require.NoError(l.t, l.ws.Write(l.t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"event":%q,"data":%s}`, event, data)))
}

// answer is what the SDK's auth functions return.
type answer struct {
	Auth         string `json:"auth"`
	ChannelData  string `json:"channel_data,omitempty"`
	SharedSecret string `json:"shared_secret,omitempty"`
	Channel      string `json:"channel"`
}

// TestGoSDK: pusher-http-go authorises, triggers, reads state and terminates, and both agree on the encryption.
func TestGoSDK(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	server := h.client()
	l := h.listen()
	params := func(channel string) []byte {
		return []byte(url.Values{"socket_id": {l.id}, "channel_name": {channel}}.Encode())
	}
	join := func(channel string, body []byte, err error) answer {
		t.Helper()
		require.NoError(t, err)
		var a answer
		require.NoError(t, json.Unmarshal(body, &a))
		a.Channel = channel
		sent, err := json.Marshal(a)
		require.NoError(t, err)
		l.say("pusher:subscribe", string(sent))
		l.expect("pusher_internal:subscription_succeeded")
		if !strings.HasPrefix(channel, "presence-") {
			l.expect("pusher_internal:subscription_count")
		}
		return a
	}
	body, err := server.AuthorizePrivateChannel(params("private-news"))
	join("private-news", body, err)
	body, err = server.AuthorizePresenceChannel(params("presence-room"), sdk.MemberData{UserID: "ana"})
	join("presence-room", body, err)
	body, err = server.AuthorizePrivateChannel(params("private-encrypted-news"))
	encrypted := join("private-encrypted-news", body, err)

	require.NoError(t, server.Trigger("private-news", "tick", "42"))
	require.Equal(t, "42", l.expect("tick").text())

	require.NoError(t, server.Trigger("private-encrypted-news", "secret", "hidden"))
	var masterKey [32]byte
	copy(masterKey[:], "a master key of thirty-two bytes")
	shared := pusher.SharedSecret(masterKey, "private-encrypted-news")
	plain, err := pusher.Decrypt(shared, l.expect("secret").text())
	require.NoError(t, err)
	require.Equal(t, "hidden", plain)
	require.NotEmpty(t, encrypted.SharedSecret)

	info := "user_count"
	room, err := server.Channel("presence-room", sdk.ChannelParams{Info: &info})
	require.NoError(t, err)
	require.True(t, room.Occupied)
	require.Equal(t, 1, room.UserCount)
	users, err := server.GetChannelUsers("presence-room")
	require.NoError(t, err)
	require.Equal(t, []sdk.User{{ID: "ana"}}, users.List)
	prefix := "presence-"
	list, err := server.Channels(sdk.ChannelsParams{FilterByPrefix: &prefix, Info: &info})
	require.NoError(t, err)
	require.Contains(t, list.Channels, "presence-room")

	batch, err := server.TriggerBatch([]sdk.Event{{Channel: "private-news", Name: "a", Data: "1"}, {Channel: "private-news", Name: "b", Data: "2"}})
	require.NoError(t, err)
	require.NotNil(t, batch)
	l.expect("a")
	l.expect("b")

	require.NoError(t, server.Trigger("private-news", "plain", map[string]int{"a": 1}))
	require.JSONEq(t, `{"a":1}`, l.expect("plain").text())

	wrong := *server
	wrong.Secret = "wrong"
	require.Error(t, wrong.Trigger("private-news", "tick", "42"))

	body, err = server.AuthenticateUser(params(""), map[string]any{"id": "ana"})
	require.NoError(t, err)
	l.say("pusher:signin", string(body))
	l.expect("pusher:signin_success")
	require.NoError(t, server.SendToUser("ana", "hello", "you"))
	require.Equal(t, "you", l.expect("hello").text())
}
