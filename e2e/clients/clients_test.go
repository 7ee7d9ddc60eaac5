package clients

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	sdk "github.com/pusher/pusher-http-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

const (
	appID  = "1"
	key    = "app-key"
	secret = "app-secret"
)

var master = base64.StdEncoding.EncodeToString([]byte("a master key of thirty-two bytes"))

// one is a lookup with a single app.
type one struct{}

func (one) app() *pusher.App {
	return &pusher.App{ID: appID, Key: key, Secret: secret, SubscriptionCount: true}
}

func (o one) ByKey(_ context.Context, k string) (*pusher.App, error) {
	if k != key {
		return nil, pusher.ErrNoApp
	}
	return o.app(), nil
}

func (o one) ByID(_ context.Context, id string) (*pusher.App, error) {
	if id != appID {
		return nil, pusher.ErrNoApp
	}
	return o.app(), nil
}

// host is the server under test, with the auth endpoint that an application
// would have (on the Go SDK) and controls for the stories.
type host struct {
	t    *testing.T
	srv  *pusher.Server
	sdk  sdk.Client // copied for each use: it notes its key at first use without a lock
	http *httptest.Server
}

func newHost(t *testing.T) *host {
	t.Helper()
	srv, err := pusher.New(pusher.Options{Apps: one{}})
	require.NoError(t, err)
	h := &host{t: t, srv: srv}
	mux := http.NewServeMux()
	mux.Handle("/app/", srv)
	mux.Handle("/apps/", srv)
	mux.HandleFunc("POST /auth", h.auth)
	mux.HandleFunc("POST /user-auth", h.userAuth)
	mux.HandleFunc("POST /control/{what}", h.control)
	mux.HandleFunc("/closing/{code}/app/{key}", closing)
	h.http = httptest.NewUnstartedServer(mux)
	h.sdk = sdk.Client{
		AppID: appID, Key: key, Secret: secret, Host: h.http.Listener.Addr().String(),
		EncryptionMasterKeyBase64: master, HTTPClient: &http.Client{Timeout: time.Minute},
	}
	h.http.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- srv.Run(ctx) }()
	t.Cleanup(func() {
		srv.Close()
		h.http.Close()
		cancel()
		require.NoError(t, <-ran)
	})
	return h
}

// client is the server SDK for one request.
func (h *host) client() *sdk.Client {
	c := h.sdk
	return &c
}

// auth is the channel authorisation of an application: it takes the header X-As for who asks.
func (h *host) auth(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	form, _ := url.ParseQuery(string(body))
	as, channel := r.Header.Get("X-As"), form.Get("channel_name")
	signer := h.client()
	switch channel {
	case "private-forbidden":
		http.Error(w, "no", http.StatusForbidden)
		return
	case "private-forged":
		signer = &sdk.Client{AppID: appID, Key: key, Secret: "another"}
	}
	var answer []byte
	if strings.HasPrefix(channel, "presence-") {
		name := strings.ToUpper(as[:1]) + as[1:]
		answer, err = signer.AuthorizePresenceChannel(body, sdk.MemberData{UserID: as, UserInfo: map[string]string{"name": name}})
	} else {
		answer, err = signer.AuthorizePrivateChannel(body)
	}
	reply(w, answer, err)
}

func (h *host) userAuth(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	signer, data := h.client(), map[string]any{"id": r.Header.Get("X-As")}
	switch data["id"] {
	case "ana":
		data["watchlist"] = []string{"ben", "cem"}
	case "forger":
		signer = &sdk.Client{AppID: appID, Key: key, Secret: "another"}
	}
	answer, err := signer.AuthenticateUser(body, data)
	reply(w, answer, err)
}

func reply(w http.ResponseWriter, answer []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write(answer)
}

// control does what a story cannot do from outside.
func (h *host) control(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var err error
	switch r.PathValue("what") {
	case "trigger":
		if user, ok := strings.CutPrefix(q.Get("channel"), "#server-to-user-"); ok {
			err = h.client().SendToUser(user, q.Get("name"), json.RawMessage(q.Get("data")))
			break
		}
		err = h.client().Trigger(q.Get("channel"), q.Get("name"), json.RawMessage(q.Get("data")))
	case "terminate":
		h.srv.Terminate(appID, q.Get("user"))
	case "close-app":
		h.srv.CloseApp(r.Context(), appID, "connect again", 0)
	case "drain":
		seconds, _ := strconv.Atoi(q.Get("seconds"))
		h.srv.Drain(context.WithoutCancel(r.Context()), time.Duration(seconds)*time.Second)
	default:
		http.NotFound(w, r)
		return
	}
	reply(w, []byte("{}"), err)
}

// closing greets a client and closes with the code in the path, whatever it means.
func closing(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	code, _ := strconv.Atoi(r.PathValue("code"))
	hello := `{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":30}"}`
	_ = ws.Write(r.Context(), websocket.MessageText, []byte(hello))
	_ = ws.Close(websocket.StatusCode(code), "as asked")
}

// TestStories runs every program under stories against a server of its own.
func TestStories(t *testing.T) {
	t.Parallel()
	node := installed(t)
	stories, err := filepath.Glob("stories/*.cjs")
	require.NoError(t, err)
	require.Greater(t, len(stories), 5)
	for _, story := range stories {
		name := strings.TrimSuffix(filepath.Base(story), ".cjs")
		if name == "kit" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			u, err := url.Parse(h.http.URL)
			require.NoError(t, err)
			runStory(t, node, story, u, "PUSHER_APP="+appID, "PUSHER_KEY="+key, "PUSHER_SECRET="+secret, "PUSHER_MASTER="+master)
		})
	}
}

// runStory runs one program to its end against the server at u.
func runStory(t *testing.T, node, story string, u *url.URL, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, story)
	cmd.Env = append(os.Environ(), append(env, "PUSHER_HOST="+u.Hostname(), "PUSHER_PORT="+u.Port())...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// installed returns node, with the clients in place. In CI a missing one fails; elsewhere it skips.
func installed(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("node_modules/pusher-js/package.json")
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the foreign clients are missing, run make clients: %v", err)
		}
		t.Skipf("the foreign clients are missing, run make clients: %v", err)
	}
	return node
}
