package pusher_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/pusher"
)

// patience is how long a test waits for what it expects, on however busy a machine.
const patience = time.Minute

// apps is a lookup that tests can change.
type apps struct {
	mu  sync.Mutex
	all []pusher.App
	err error
}

func (a *apps) find(match func(pusher.App) bool) (*pusher.App, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, app := range a.all {
		if match(app) {
			return &app, a.err
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	return nil, pusher.ErrNoApp
}

func (a *apps) ByKey(_ context.Context, key string) (*pusher.App, error) {
	return a.find(func(app pusher.App) bool { return app.Key == key })
}

func (a *apps) ByID(_ context.Context, id string) (*pusher.App, error) {
	return a.find(func(app pusher.App) bool { return app.ID == id })
}

func (a *apps) change(f func(*pusher.App)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f(&a.all[0])
}

// fixture is a running server with two apps, one and two.
type fixture struct {
	*pusher.Server
	t     *testing.T
	apps  *apps
	url   string
	clock clock.Clock
}

func start(t *testing.T, opt pusher.Options) *fixture {
	t.Helper()
	return startBehind(t, opt, func(*http.Request) {})
}

// startBehind changes requests before the server sees them, as a trusted proxy's headers do.
func startBehind(t *testing.T, opt pusher.Options, change func(*http.Request)) *fixture {
	t.Helper()
	a := &apps{all: []pusher.App{
		{ID: "1", Key: "key-one", Secret: "secret-one"},
		{ID: "2", Key: "key-two", Secret: "secret-two"},
	}}
	opt.Apps = a
	if opt.Clock == nil {
		opt.Clock = &manual{at: time.Now()}
	}
	s, err := pusher.New(opt)
	require.NoError(t, err)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		change(r)
		s.ServeHTTP(w, r)
	}))
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		web.Close()
		cancel()
		require.NoError(t, <-ran)
	})
	return &fixture{s, t, a, web.URL, opt.Clock}
}

// socket is a client that speaks the protocol by hand.
type socket struct {
	t      *testing.T
	ws     *websocket.Conn
	id     string
	reason string // told with the close
}

type frame struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
	UserID  string          `json:"user_id"`
}

// text is the data as a client reads it: the string inside, or the JSON itself.
func (f frame) text() string {
	var s string
	if json.Unmarshal(f.Data, &s) == nil {
		return s
	}
	return string(f.Data)
}

func (f *fixture) dial(path string, header http.Header) *socket {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.url, "http")+path, &websocket.DialOptions{HTTPHeader: header})
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = ws.CloseNow() })
	return &socket{t: f.t, ws: ws}
}

// connect opens a socket of app one and reads its greeting.
func (f *fixture) connect() *socket {
	f.t.Helper()
	return f.connectTo("key-one")
}

func (f *fixture) connectTo(key string) *socket {
	f.t.Helper()
	s := f.dial("/app/"+key+"?protocol=7&client=test", nil)
	hello := s.expect("pusher:connection_established")
	var data struct {
		ID string `json:"socket_id"`
	}
	require.NoError(f.t, json.Unmarshal([]byte(hello.text()), &data))
	s.id = data.ID
	return s
}

func (s *socket) read() (frame, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, body, err := s.ws.Read(ctx)
	if err != nil {
		return frame{}, err
	}
	var f frame
	require.NoError(s.t, json.Unmarshal(body, &f))
	return f, nil
}

// expect reads the next frame, which must be event.
func (s *socket) expect(event string) frame {
	s.t.Helper()
	f, err := s.read()
	require.NoError(s.t, err)
	require.Equal(s.t, event, f.Event, "%s", f.text())
	return f
}

// closed reads until the server closes, and returns the code.
func (s *socket) closed() pusher.Code {
	s.t.Helper()
	for {
		if _, err := s.read(); err != nil {
			var end websocket.CloseError
			if errors.As(err, &end) {
				s.reason = end.Reason
			}
			return pusher.Code(websocket.CloseStatus(err))
		}
	}
}

func (s *socket) send(v any) {
	s.t.Helper()
	b, err := json.Marshal(v)
	require.NoError(s.t, err)
	s.raw(string(b))
}

func (s *socket) raw(text string) {
	s.t.Helper()
	require.NoError(s.t, s.ws.Write(s.t.Context(), websocket.MessageText, []byte(text)))
}

type fields map[string]any

// subscribe signs for app one where the channel needs it and expects success.
func (s *socket) subscribe(channel, channelData string) frame {
	s.t.Helper()
	s.ask(channel, pusher.SignChannel("key-one", "secret-one", s.id, channel, channelData), channelData)
	return s.expect("pusher_internal:subscription_succeeded")
}

func (s *socket) ask(channel, auth, channelData string) {
	s.t.Helper()
	data := fields{"channel": channel, "auth": auth}
	if channelData != "" {
		data["channel_data"] = channelData
	}
	s.send(fields{"event": "pusher:subscribe", "data": data})
}

func (s *socket) signIn(userData string) {
	s.t.Helper()
	s.send(fields{"event": "pusher:signin", "data": fields{
		"auth": pusher.SignUser("key-one", "secret-one", s.id, userData), "user_data": userData,
	}})
}

// silent checks that nothing else has arrived: the answer to a ping comes next.
func (s *socket) silent() {
	s.t.Helper()
	s.raw(`{"event":"pusher:ping","data":{}}`)
	s.expect("pusher:pong")
}
