// Package simtest runs an unmodified whatsmeow client against a simulated network in
// tests: its store is whatsmeow's own on SQLite in memory, with the one-time keys beside it,
// and its log is kept.
//
// It sets whatsmeow.WACertPubKey, which is one variable of the process, so all networks
// of a test process must have the same Seed.
package simtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite" // the driver of the client's store

	"github.com/sapa-chat/sapa/sim"
)

// Wait is how long the helpers wait for something before the test fails. Long: a pairing
// is 812 keys and as many inserts, which takes seconds with the race detector on a busy
// machine.
const Wait = 2 * time.Minute

// Start starts a network that ends with the test.
func Start(t testing.TB, n *sim.Network) *sim.Network {
	t.Helper()
	require.NoError(t, n.Start())
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// Context ends with the test or after Wait.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Wait)
	t.Cleanup(cancel)
	return ctx
}

// Client is a whatsmeow client with its log and its events.
type Client struct {
	*whatsmeow.Client
	Log *Log

	mu     sync.Mutex
	events []any
	news   chan struct{}
}

// trust sets the process-wide certificate root once.
var trust sync.Once

// NewClient makes a client with an empty store.
func NewClient(t testing.TB, n *sim.Network) *Client {
	t.Helper()
	return NewClientAt(t, n, n.URL())
}

// NewClientAt is NewClient for a network that a server of the caller's serves at url.
func NewClientAt(t testing.TB, n *sim.Network, url string) *Client {
	t.Helper()
	trust.Do(func() { whatsmeow.WACertPubKey = n.RootKey() })
	require.Equal(t, whatsmeow.WACertPubKey, n.RootKey(), "all networks of a test process need the same Seed")
	dsn := fmt.Sprintf("file:%p-%d?mode=memory&cache=shared&_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)", n, time.Now().UnixNano())
	log := &Log{}
	database, err := sqlstore.New(t.Context(), "sqlite", dsn, waLog.Noop)
	require.NoError(t, err)
	t.Cleanup(func() { _ = database.Close() })
	device := database.NewDevice()
	device.Container = &container{DeviceContainer: database}
	c := &Client{Client: whatsmeow.NewClient(device, log), Log: log, news: make(chan struct{})}
	c.Redirect(url)
	c.AddEventHandler(c.note)
	t.Cleanup(c.Disconnect)
	return c
}

// Redirect points the client at a network.
func (c *Client) Redirect(url string) {
	h := sim.HTTPClient(url)
	c.SetWebsocketHTTPClient(h)
	c.SetPreLoginHTTPClient(h)
	c.SetMediaHTTPClient(h)
}

func (c *Client) note(e any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
	close(c.news)
	c.news = make(chan struct{})
}

// Event waits for an event of type T that match accepts (nil: any), also in the past.
func Event[T any](t testing.TB, c *Client, match func(T) bool) T {
	t.Helper()
	deadline := time.After(Wait)
	for next := 0; ; {
		c.mu.Lock()
		for ; next < len(c.events); next++ {
			if e, ok := c.events[next].(T); ok && (match == nil || match(e)) {
				c.mu.Unlock()
				return e
			}
		}
		news := c.news
		c.mu.Unlock()
		select {
		case <-news:
		case <-deadline:
			var none T
			require.FailNowf(t, "no event", "%T did not come; log:\n%s", none, c.Log)
		}
	}
}

// Count returns how many events of type T there were that match accepts.
func Count[T any](c *Client, match func(T) bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, e := range c.events {
		if e, ok := e.(T); ok && (match == nil || match(e)) {
			n++
		}
	}
	return n
}

// Forget forgets the events so far.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = nil
}

// Send sends a text to a phone number and returns its id.
func (c *Client) Send(ctx context.Context, to, text string) (string, error) {
	r, err := c.SendMessage(ctx, types.NewJID(to, types.DefaultUserServer), &waE2E.Message{Conversation: &text})
	return r.ID, err
}

// Log keeps whatsmeow's log.
type Log struct {
	mu    sync.Mutex
	lines []string
}

// Warnings returns the lines of level WARN and ERROR.
func (l *Log) Warnings() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range l.lines {
		if strings.HasPrefix(line, "WARN") || strings.HasPrefix(line, "ERROR") {
			out = append(out, line)
		}
	}
	return out
}

// String is the last lines of the log.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines[max(0, len(l.lines)-60):], "\n")
}

func (l *Log) add(level, format string, args []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := level + " " + fmt.Sprintf(format, args...)
	l.lines = append(l.lines, line[:min(len(line), 500)])
}

// Errorf implements waLog.Logger.
func (l *Log) Errorf(format string, args ...any) { l.add("ERROR", format, args) }

// Warnf implements waLog.Logger.
func (l *Log) Warnf(format string, args ...any) { l.add("WARN", format, args) }

// Infof implements waLog.Logger.
func (l *Log) Infof(format string, args ...any) { l.add("INFO", format, args) }

// Debugf implements waLog.Logger.
func (l *Log) Debugf(format string, args ...any) { l.add("DEBUG", format, args) }

// Sub implements waLog.Logger.
func (l *Log) Sub(string) waLog.Logger { return l }
