package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// Whoever loses their rights stops hearing at once, is told why, and pusher-js does not knock for ever; the others come back.
func TestWhoeverIsRemovedIsDisconnectedWithTheReason(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	budi := p.colleague(t, "budi@example.com", "agent")
	program, err := p.owner.NewKey(ctx, "realtime:use", "messages:read")
	require.NoError(t, err)
	ownerEnds := p.listen(ctx, t, p.owner)
	budiEnds, programEnds := p.listen(ctx, t, budi), p.listen(ctx, t, program)

	p.remove(t, "/v1/people", func(one thing) bool { return one.Email == "budi@example.com" })
	end := <-budiEnds
	require.EqualValues(t, 4009, end.Code)
	require.Equal(t, "you were removed from this workspace", end.Reason)
	for _, ends := range []<-chan websocket.CloseError{ownerEnds, programEnds} {
		end = <-ends
		require.EqualValues(t, 4200, end.Code, "to come back and prove their rights")
		require.Contains(t, end.Reason, "rights in this workspace have changed")
	}

	programEnds = p.listen(ctx, t, program)
	p.remove(t, "/v1/api-keys", func(one thing) bool { return one.Name == "drive" })
	end = <-programEnds
	require.EqualValues(t, 4009, end.Code)
	require.Equal(t, "this API key was revoked", end.Reason)
}

type thing struct{ ID, Name, Email string }

// remove deletes the one of a list that is meant.
func (p *place) remove(t *testing.T, path string, meant func(thing) bool) {
	t.Helper()
	ctx := patient(t)
	var all struct{ Items []thing }
	require.NoError(t, p.owner.Do(ctx, http.MethodGet, path, nil, &all))
	for _, one := range all.Items {
		if meant(one) {
			require.NoError(t, p.owner.Do(ctx, http.MethodDelete, path+"/"+one.ID, nil, nil))
			return
		}
	}
	t.Fatal("there is no such thing at " + path)
}

// colleague invites somebody, who accepts.
func (p *place) colleague(t *testing.T, email, role string) *drive.Client {
	t.Helper()
	ctx := patient(t)
	var invitation struct{ Link string }
	require.NoError(t, p.owner.Do(ctx, http.MethodPost, "/v1/invitations", map[string]string{"email": email, "role": role}, &invitation))
	token := invitation.Link[strings.LastIndex(invitation.Link, "/")+1:]
	c := drive.NewClient(p.server.URL)
	t.Cleanup(c.Close)
	require.NoError(t, c.Do(ctx, http.MethodPost, "/v1/invitations/"+token+"/accept", map[string]string{"name": "Budi", "password": password}, nil))
	require.NoError(t, c.Login(ctx, email, password))
	return c
}

// listen subscribes to the workspace's events, as pusher-js does, and yields how the socket ended.
func (p *place) listen(ctx context.Context, t *testing.T, as *drive.Client) <-chan websocket.CloseError {
	t.Helper()
	var at struct{ Key, Channel string }
	require.NoError(t, as.Do(ctx, http.MethodGet, "/v1/realtime", nil, &at))
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.server.URL, "http")+"/app/"+at.Key+"?protocol=7", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.CloseNow() })
	read := func() (event, data string, err error) {
		var frame struct {
			Event string
			Data  json.RawMessage
		}
		_, body, err := ws.Read(ctx)
		if err == nil {
			err = json.Unmarshal(body, &frame)
		}
		if json.Unmarshal(frame.Data, &data) != nil {
			data = string(frame.Data)
		}
		return frame.Event, data, err
	}
	_, hello, err := read()
	require.NoError(t, err)
	var greeting struct {
		SocketID string `json:"socket_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(hello), &greeting))
	var grant struct{ Auth string }
	require.NoError(t, as.Do(ctx, http.MethodPost, "/v1/realtime/auth", map[string]string{"socket_id": greeting.SocketID, "channel_name": at.Channel}, &grant))
	subscribe, err := json.Marshal(map[string]any{"event": "pusher:subscribe", "data": map[string]string{"channel": at.Channel, "auth": grant.Auth}})
	require.NoError(t, err)
	require.NoError(t, ws.Write(ctx, websocket.MessageText, subscribe))
	event, data, err := read()
	require.NoError(t, err)
	require.Equal(t, "pusher_internal:subscription_succeeded", event, data)

	ends := make(chan websocket.CloseError, 1)
	go func() {
		for {
			if _, _, err := read(); err != nil {
				var end websocket.CloseError
				_ = errors.As(err, &end)
				ends <- end
				return
			}
		}
	}()
	return ends
}

// One address has its share of sockets. Behind a proxy that is trusted, that is the client's address, and of nobody else is
// X-Forwarded-For believed.
func TestAnAddressHasItsShareOfSockets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted string
		other   websocket.StatusCode // of a third socket that says it comes from elsewhere
	}{
		"behind a trusted proxy": {"127.0.0.0/8", -1},
		"without one":            {"192.0.2.1", 4100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, "--realtime.max_per_address=2", "--http.trusted_proxies="+c.trusted)
			ctx := patient(t)
			key := p.appKey(t)
			dial := func(client string) websocket.StatusCode {
				ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.server.URL, "http")+"/app/"+key+"?protocol=7",
					&websocket.DialOptions{HTTPHeader: http.Header{"X-Forwarded-For": {client}}})
				require.NoError(t, err)
				t.Cleanup(func() { _ = ws.CloseNow() })
				_, hello, err := ws.Read(ctx)
				require.NoError(t, err)
				if strings.Contains(string(hello), "connection_established") {
					return -1 // open
				}
				_, _, err = ws.Read(ctx)
				return websocket.CloseStatus(err)
			}
			require.EqualValues(t, -1, dial("198.51.100.1"))
			require.EqualValues(t, -1, dial("198.51.100.1"))
			require.EqualValues(t, 4100, dial("198.51.100.1"))
			require.Equal(t, c.other, dial("198.51.100.2"))
		})
	}
}
