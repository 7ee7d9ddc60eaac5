package realtime_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/workspace"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Fixed ids, so that golden files stay the same.
const (
	ws           = "01M0WQ3YZ5T5N9B7E1XG0HJK2A"
	otherWS      = "01M0WQ3YZ5T5N9B7E1XG0HJK2B"
	number       = "01M0WQ3YZ5T5N9B7E1XG0HJK2C"
	conversation = "01M0WQ3YZ5T5N9B7E1XG0HJK2D"
	eventID      = "01M0WQ3YZ5T5N9B7E1XG0HJK2E"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

type fixed struct{}

func (fixed) Now() time.Time { return now }

// published is one event as the driver got it.
type published struct{ app, channel, name, data string }

// recorder is a driver on which somebody listens to everything.
type recorder struct {
	mu     sync.Mutex
	got    []published
	empty  bool        // nobody listens
	closed chan string // workspace and reason
	known  []string    // who was vouched for or expelled, in order
}

func (r *recorder) Trigger(app, channel, name, data, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, published{app, channel, name, data})
	return nil
}

func (r *recorder) Occupied(string, string) bool { return !r.empty }

func (r *recorder) CloseApp(_ context.Context, app, reason string, _ time.Duration) {
	r.closed <- app + ": " + reason
}

func (r *recorder) Vouch(app, socket, who string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = append(r.known, "vouch "+app+" "+socket+" "+who)
}

func (r *recorder) Expel(app, who, reason string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = append(r.known, "expel "+app+" "+who+": "+reason)
	return 1
}

// on returns what was published on the channel.
func (r *recorder) on(channel string) (all []published) {
	for _, p := range r.got {
		if p.channel == channel {
			all = append(all, p)
		}
	}
	return all
}

// workspaces holds the settings of both workspaces.
type workspaces map[string]workspace.Workspace

func (w workspaces) Get(_ context.Context, id string) (workspace.Workspace, error) {
	if found, ok := w[id]; ok {
		return found, nil
	}
	return workspace.Workspace{}, missing()
}

// fixture is the service on a real store with a recording driver.
type fixture struct {
	*realtime.Service
	*recorder
	apps *realtime.Apps
	all  workspaces
	db   *store.DB
}

func start(t *testing.T) *fixture {
	t.Helper()
	db := storetest.New(t)
	all := workspaces{ws: {ID: ws, Origins: []string{"https://shop.example"}}, otherWS: {ID: otherWS}}
	kept := store.Realtime{DB: db}
	apps := realtime.NewApps(kept, all, fixed{}, func(context.Context) string { return "https://sapa.example" })
	rec := &recorder{closed: make(chan string, 1)}
	s := realtime.New(realtime.Options{Apps: apps, Store: kept, Driver: rec, Clock: fixed{}})
	return &fixture{s, rec, apps, all, db}
}

func TestEventsGoToTheirChannels(t *testing.T) {
	t.Parallel()
	f := start(t)
	e := event.Envelope{
		ID: eventID, Seq: 7, Type: event.MessageReceived, Time: now, Workspace: ws, Number: number, Conversation: conversation,
		Data: json.RawMessage(`{"text":"halo"}`),
	}
	require.NoError(t, f.Consume(t.Context(), []event.Envelope{e}))
	want, err := json.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, []published{
		{ws, "private-workspace." + ws, "message.received", string(want)},
		{ws, "private-conversation." + conversation, "message.received", string(want)},
	}, f.got, "the same envelope as in the log, on both channels and no other")
}

func TestEventsOfTheInstallationGoNowhere(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.NoError(t, f.Consume(t.Context(), []event.Envelope{{Type: event.AlertFired, Workspace: event.Installation}, {Type: event.AlertFired}}))
	require.Empty(t, f.got)
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.empty = true
	require.NoError(t, f.Consume(t.Context(), []event.Envelope{{Type: event.MessageReceived, Workspace: ws, Conversation: conversation}}))
	f.Publish(t.Context(), qrEvent(t))
	require.Empty(t, f.got)
}

func TestLargeDataIsReducedToIDs(t *testing.T) {
	t.Parallel()
	f := start(t)
	big := strings.Repeat("x", 9<<10)
	data, err := json.Marshal(map[string]any{"id": eventID, "text": big, "contact": map[string]any{"id": number, "name": big}, "n": 3, "list": []string{number}})
	require.NoError(t, err)
	require.NoError(t, f.Consume(t.Context(), []event.Envelope{{ID: eventID, Seq: 1, Type: event.MessageReceived, Time: now, Workspace: ws, Data: data}}))
	var e event.Envelope
	require.NoError(t, json.Unmarshal([]byte(f.got[0].data), &e))
	require.JSONEq(t, `{"id":"`+eventID+`","contact":{"id":"`+number+`"},"truncated":true}`, string(e.Data))
	require.Equal(t, int64(1), e.Seq)
}

func TestLiveEventsGetIDAndTime(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.Publish(t.Context(), live(t, event.Envelope{Type: event.ConversationTyping, Number: number, Conversation: conversation},
		event.TypingState{Conversation: conversation, Contact: eventID, On: true}))
	require.Len(t, f.got, 2)
	var e event.Envelope
	require.NoError(t, json.Unmarshal([]byte(f.got[0].data), &e))
	require.NotEmpty(t, e.ID)
	require.Equal(t, now, e.Time)
	require.Zero(t, e.Seq, "not in the log")
	require.NotContains(t, f.got[0].data, `"seq"`)
}

// live is a live-only event as a room publishes it.
func live(t *testing.T, e event.Envelope, data any) event.Envelope {
	t.Helper()
	raw, err := json.Marshal(data)
	require.NoError(t, err)
	e.Workspace, e.Data = ws, raw
	return e
}

func qrEvent(t *testing.T) event.Envelope {
	t.Helper()
	return live(t, event.Envelope{Type: event.NumberQR, Number: number},
		map[string]any{"text": "2@secret-of-the-code,abc", "expires_at": now.Add(19500 * time.Millisecond)})
}

func TestAQRCodeIsOnlyForThoseWhoMayPair(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.Publish(t.Context(), qrEvent(t))
	require.Len(t, f.got, 1, "one channel and no other")
	p := f.got[0]
	require.Equal(t, "private-encrypted-number."+number, p.channel)
	require.Equal(t, "number.qr", p.name)
	require.NotContains(t, p.data, "secret")

	app, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	plain, err := pusher.Decrypt(pusher.SharedSecret(app.Master, p.channel), p.data)
	require.NoError(t, err)
	var e struct {
		event.Envelope
		Data struct {
			PNG       []byte    `json:"png_base64"`
			Text      string    `json:"text"`
			ExpiresAt time.Time `json:"expires_at"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(plain), &e))
	require.Equal(t, number, e.Number)
	require.Equal(t, "2@secret-of-the-code,abc", e.Data.Text)
	require.True(t, strings.HasPrefix(string(e.Data.PNG), "\x89PNG"))
}

func TestACodeIsNeverLogged(t *testing.T) {
	t.Parallel()
	f := start(t)
	var log strings.Builder
	s := realtime.New(realtime.Options{
		Apps: f.apps, Store: store.Realtime{DB: f.db}, Driver: f.recorder, Clock: fixed{},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	for _, data := range []any{
		map[string]any{"text": "2@secret", "expires_at": now},
		map[string]any{"text": "2@secret" + strings.Repeat("x", 5000)}, // too long to draw
		map[string]any{"text": "2@secret", "expires_at": "2@secret"},
		map[string]any{"text": ""}, "2@secret",
	} {
		s.Publish(t.Context(), live(t, event.Envelope{Type: event.NumberQR, Number: number}, data))
	}
	require.Len(t, f.got, 1, "only the first can be shown")
	require.Contains(t, log.String(), "realtime: QR", "the others are complained about")
	require.NotContains(t, log.String(), "secret")
}

// The events of the audit keep their names and fields.
func TestCompatibilityEvents(t *testing.T) {
	t.Parallel()
	f := start(t)
	states := event.Envelope{ID: eventID, Seq: 3, Type: event.NumberState, Time: now, Workspace: ws, Number: number, Data: json.RawMessage(`{"id":"` + number + `","state":"connected"}`)}
	require.NoError(t, f.Consume(t.Context(), []event.Envelope{states}))
	got := f.on("presence-workspace." + ws)
	require.Len(t, got, 1)
	require.Equal(t, "session-status-changed", got[0].name)
	golden(t, "session-status-changed.json", got[0].data)
	require.Len(t, f.on("private-workspace."+ws), 1, "our own event as well")

	w := f.all[ws]
	w.BroadcastQR = true
	f.all[ws] = w
	f.Publish(t.Context(), qrEvent(t))
	got = f.on("presence-workspace." + ws)
	require.Len(t, got, 2)
	require.Equal(t, "qr-code-generated", got[1].name)
	golden(t, "qr-code-generated.json", got[1].data)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	var pretty map[string]any
	require.NoError(t, json.Unmarshal([]byte(got), &pretty))
	text, err := json.MarshalIndent(pretty, "", "  ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(text)+"\n")
}
