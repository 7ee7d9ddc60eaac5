package clients

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/workspace"
)

// wired is Sapa's realtime as the program wires it: real store, real server, an
// auth endpoint that takes X-As for the role.
type wired struct {
	*realtime.Service
	ws, number string
	http       *httptest.Server
}

// everything says that any conversation and number exists: these tests are about the wire.
type everything struct{ store.Realtime }

func (everything) ConversationExists(context.Context, string, string) (bool, error) { return true, nil }
func (everything) NumberExists(context.Context, string, string) (bool, error)       { return true, nil }

// broadcasting is a workspace that has switched broadcast_qr on.
type broadcasting string

func (b broadcasting) Get(_ context.Context, ws string) (workspace.Workspace, error) {
	if ws != string(b) {
		return workspace.Workspace{}, fault.Errorf(fault.NotFound, "no such workspace")
	}
	return workspace.Workspace{ID: ws, BroadcastQR: true}, nil
}

func newSapa(t *testing.T) *wired {
	t.Helper()
	w := &wired{ws: id.New(), number: id.New()}
	kept := everything{store.Realtime{DB: storetest.New(t)}}
	apps := realtime.NewApps(kept, broadcasting(w.ws), nil, nil)
	srv, err := pusher.New(pusher.Options{Apps: apps})
	require.NoError(t, err)
	w.Service = realtime.New(realtime.Options{Apps: apps, Store: kept, Driver: srv})
	mux := http.NewServeMux()
	mux.Handle("/app/", srv)
	mux.Handle("/apps/", srv)
	mux.HandleFunc("POST /auth", w.auth)
	mux.HandleFunc("POST /control/{what}", w.control)
	w.http = httptest.NewServer(mux)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 2)
	go func() { ran <- srv.Run(ctx) }()
	go func() { ran <- w.Run(ctx) }()
	t.Cleanup(func() {
		srv.Close()
		w.http.Close()
		cancel()
		require.NoError(t, <-ran)
		require.NoError(t, <-ran)
	})
	return w
}

func (w *wired) auth(rw http.ResponseWriter, r *http.Request) {
	role := workspace.Role(r.Header.Get("X-As"))
	p := realtime.Principal{Workspace: w.ws, ID: string(role), Name: string(role), May: role.May}
	grant, err := w.Authorize(r.Context(), p, r.FormValue("socket_id"), r.FormValue("channel_name"))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusForbidden)
		return
	}
	answer, err := json.Marshal(grant)
	reply(rw, answer, err)
}

// control makes something happen: a message arrives, a number connects, a code is shown, the secret is rotated.
func (w *wired) control(rw http.ResponseWriter, r *http.Request) {
	var err error
	logged := event.Envelope{ID: id.New(), Seq: 1, Time: time.Now(), Workspace: w.ws, Number: w.number}
	switch r.PathValue("what") {
	case "message":
		logged.Type, logged.Data = event.MessageReceived, json.RawMessage(`{"text":"halo"}`)
		err = w.Consume(r.Context(), []event.Envelope{logged})
	case "connected":
		logged.Type, logged.Data = event.NumberState, json.RawMessage(`{"state":"connected"}`)
		err = w.Consume(r.Context(), []event.Envelope{logged})
	case "qr":
		var data []byte
		data, err = json.Marshal(map[string]any{"text": "2@the-code", "expires_at": time.Now().Add(time.Minute)})
		w.Publish(r.Context(), event.Envelope{Type: event.NumberQR, Workspace: w.ws, Number: w.number, Data: data})
	case "rotate":
		_, err = w.Rotate(r.Context(), w.ws)
	}
	reply(rw, []byte("{}"), err)
}

// TestSapaStories runs the programs under stories/sapa against Sapa's own channels, rights and events.
func TestSapaStories(t *testing.T) {
	t.Parallel()
	node := installed(t)
	for _, story := range []string{"stories/sapa/events.cjs"} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			w := newSapa(t)
			app, err := w.App(t.Context(), w.ws)
			require.NoError(t, err)
			u, err := url.Parse(w.http.URL)
			require.NoError(t, err)
			runStory(t, node, story, u, "PUSHER_APP="+w.ws, "PUSHER_KEY="+app.Key, "PUSHER_SECRET="+app.Secret, "SAPA_NUMBER="+w.number)
		})
	}
}
