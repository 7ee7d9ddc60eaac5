package pusher_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

func TestAClientIsGreeted(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.dial("/app/key-one?protocol=7", nil)
	hello := s.expect("pusher:connection_established")
	var data struct {
		ID      string `json:"socket_id"`
		Timeout int    `json:"activity_timeout"`
	}
	require.NoError(t, json.Unmarshal([]byte(hello.text()), &data))
	require.Regexp(t, regexp.MustCompile(`^\d+\.\d+$`), data.ID)
	require.Equal(t, 30, data.Timeout, "below the 60 s of proxies")
}

// The codes that a client may be refused with, and what each is for.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	passing := errors.New("the database is away")
	for name, c := range map[string]struct {
		path   string
		origin string
		app    func(*pusher.App)
		lookup error
		limits pusher.Limits
		first  bool // another socket is open already
		want   pusher.Code
	}{
		"unknown key":             {path: "/app/nobody?protocol=7", want: pusher.CodeNoApp},
		"lookup fails":            {path: "/app/key-one?protocol=7", lookup: passing, want: pusher.CodeOverCapacity},
		"disabled":                {path: "/app/key-one?protocol=7", app: func(a *pusher.App) { a.Disabled = true }, want: pusher.CodeDisabled},
		"quota of the app":        {path: "/app/key-one?protocol=7", app: func(a *pusher.App) { a.MaxConnections = 1 }, first: true, want: pusher.CodeOverQuota},
		"no key":                  {path: "/app/?protocol=7", want: pusher.CodeNoPath},
		"protocol is no number":   {path: "/app/key-one?protocol=seven", want: pusher.CodeVersion},
		"protocol unknown":        {path: "/app/key-one?protocol=8", want: pusher.CodeProtocol},
		"no protocol":             {path: "/app/key-one", want: pusher.CodeNoProtocol},
		"foreign origin":          {path: "/app/key-one?protocol=7", origin: "https://evil.example", want: pusher.CodeUnauthorized},
		"capacity of the server":  {path: "/app/key-one?protocol=7", limits: pusher.Limits{Connections: 1}, first: true, want: pusher.CodeOverCapacity},
		"origin: same host, http": {path: "/app/key-one?protocol=7", origin: "same"},
		"origin: on the list":     {path: "/app/key-one?protocol=7", origin: "https://shop.example", app: func(a *pusher.App) { a.Origins = []string{"https://shop.example"} }},
		"origin: other port":      {path: "/app/key-one?protocol=7", origin: "https://shop.example:8443", app: func(a *pusher.App) { a.Origins = []string{"https://shop.example"} }, want: pusher.CodeUnauthorized},
		"origin: other scheme":    {path: "/app/key-one?protocol=7", origin: "http://shop.example", app: func(a *pusher.App) { a.Origins = []string{"https://shop.example"} }, want: pusher.CodeUnauthorized},
		"origin: null":            {path: "/app/key-one?protocol=7", origin: "null", want: pusher.CodeUnauthorized},
		"origin: any":             {path: "/app/key-one?protocol=7", origin: "https://evil.example", app: func(a *pusher.App) { a.Origins = []string{"*"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, pusher.Options{Limits: c.limits})
			if c.first {
				f.connect()
			}
			if c.app != nil {
				f.apps.change(c.app)
			}
			f.apps.err = c.lookup
			header := http.Header{}
			if c.origin == "same" {
				c.origin = f.url
			}
			if c.origin != "" {
				header.Set("Origin", c.origin)
			}
			s := f.dial(c.path, header)
			if c.want == 0 {
				s.expect("pusher:connection_established")
				return
			}
			var data struct{ Code pusher.Code }
			require.NoError(t, json.Unmarshal(s.expect("pusher:error").Data, &data))
			require.Equal(t, c.want, data.Code)
			require.Equal(t, c.want, s.closed())
			require.EqualValues(t, 1, f.Stats().Refused)
		})
	}
}

func TestNotAWebSocket(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	answer, err := http.Get(f.url + "/app/key-one?protocol=7")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusUpgradeRequired, answer.StatusCode)
}

func TestFramesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	for _, text := range []string{
		`nonsense`, `[]`, `{}`, `{"event":7}`, `"text"`, `{"event":"pusher:subscribe"}`, `{"event":"pusher:subscribe","data":{"channel":""}}`,
		`{"event":"pusher:subscribe","data":{"channel":"white space"}}`, `{"event":"pusher:subscribe","data":"{broken"}`,
		`{"event":"pusher:subscribe","data":{"channel":"` + strings.Repeat("x", 165) + `"}}`,
		`{"event":"hello"}`, `{"event":"pusher:unknown"}`, `{"event":"client-x","channel":"public"}`, `{"event":"client-x","channel":"private-not-subscribed","data":{}}`,
	} {
		s.raw(text)
		s.expect("pusher:error")
	}
	s.raw(`{"event":"pusher:unsubscribe","data":{"channel":"never-joined"}}`)
	s.silent()
	require.Zero(t, f.Stats().Channels, "none of it made a channel")
}

func TestAFrameThatIsTooLargeEndsTheSocket(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	// The server may cut the connection before the client has written everything.
	_ = s.ws.Write(t.Context(), websocket.MessageText, []byte(`{"event":"`+strings.Repeat("x", 40<<10)+`"}`))
	require.Contains(t, []pusher.Code{1009, -1}, s.closed())
	require.Eventually(t, func() bool { return f.Stats().Connections == 0 }, patience, 5*time.Millisecond)
}

func TestControlPingIsAnswered(t *testing.T) {
	t.Parallel()
	f := start(t, pusher.Options{})
	s := f.connect()
	ctx := s.ws.CloseRead(t.Context())
	require.NoError(t, s.ws.Ping(ctx))
}

func TestBinaryFramesAndFloodsEndTheSocket(t *testing.T) {
	t.Parallel()
	// A client that is still writing when it is cut does not read the code.
	f := start(t, pusher.Options{CloseTimeout: patience, Limits: pusher.Limits{Frames: 2}})
	binary, flood := f.connect(), f.connect()
	require.NoError(t, binary.ws.Write(t.Context(), websocket.MessageBinary, []byte("{}")))
	require.EqualValues(t, 1003, binary.closed())
	for range 100 {
		if flood.ws.Write(t.Context(), websocket.MessageText, []byte(`{"event":"pusher:ping"}`)) != nil {
			break
		}
	}
	require.Equal(t, pusher.CodeOverCapacity, flood.closed())
}
