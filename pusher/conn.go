package pusher

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// conn is one client's socket. Its reader is the one goroutine it always has.
type conn struct {
	srv    *Server
	hub    *hub
	id     string
	key    string     // the app's key, as the client gave it
	from   netip.Addr // whose limit it counts against; zero for nobody's
	t      *transport
	ws     *websocket.Conn
	pinged atomic.Int64 // when the unanswered ping was sent, Unix nanoseconds; 0 for none

	// Guarded by hub.mu.
	subs map[string]string // channel → user id in it (presence only)
	user *user             // signed in as
	gone bool              // left the hub

	vouched []string // see Server.Vouch

	frames, events bucket // only the reader uses them
}

func (c *conn) send(frame []byte) { c.t.out.push(frame) }

func (c *conn) close(code Code, reason string) { c.t.out.shut(code, reason) }

// fail sends a pusher:error and leaves the socket open.
func (c *conn) fail(code Code, message, channel string) {
	c.send(errorFrame(code, message, channel))
}

// refuse sends a pusher:error and closes with the same code.
func (c *conn) refuse(code Code, message string) {
	c.fail(code, message, "")
	c.close(code, message)
}

// serve reads frames until the socket ends, then leaves everything the client had joined.
func (c *conn) serve() {
	defer c.srv.end(c)
	if c.hub != nil {
		defer c.hub.leave(c)
	}
	defer c.ws.CloseNow()
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err != nil {
			return
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return
		}
		if c.t.out.open() { // else it was refused or closed: only waiting for the peer's close
			c.take(kind, body)
		}
	}
}

// take is the gate before handle: the kind and the rate of frames.
func (c *conn) take(kind websocket.MessageType, body []byte) {
	c.srv.stats.received.Add(1)
	switch perSecond := c.srv.opt.Limits.Frames; {
	case kind != websocket.MessageText:
		c.close(Code(websocket.StatusUnsupportedData), "only text frames")
	case !c.frames.take(c.srv.opt.Clock.Now(), perSecond, 10*perSecond):
		c.close(CodeOverCapacity, "too many frames")
	default:
		c.handle(body)
	}
}

// handle acts on one frame of the client. It never panics on any input.
func (c *conn) handle(body []byte) {
	var f clientFrame
	if err := json.Unmarshal(body, &f); err != nil || f.Event == "" {
		c.fail(CodeReconnect, "a frame must be a JSON object with an event", "")
		return
	}
	switch f.Event {
	case "pusher:ping":
		c.send(pongFrame)
	case "pusher:pong": // any byte counts as life: see transport.Read
	case "pusher:subscribe":
		c.subscribe(f)
	case "pusher:unsubscribe":
		var to struct {
			Channel string `json:"channel"`
		}
		if err := f.decode(&to); err == nil {
			c.hub.unsubscribe(c, to.Channel)
		}
	case "pusher:signin":
		c.signIn(f)
	default:
		c.clientEvent(f)
	}
}

// app looks the app up again: its secret may have changed since the socket was opened.
func (c *conn) app() (*App, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	app, err := c.srv.opt.Apps.ByID(ctx, c.hub.appID)
	switch {
	case errors.Is(err, ErrNoApp) || err == nil && (app.Disabled || app.Key != c.key):
		c.refuse(CodeUnauthorized, "the app no longer accepts this key")
	case err != nil:
		c.srv.opt.Log.Warn("pusher: app lookup", "app", c.hub.appID, "error", err)
		c.close(CodeOverCapacity, "try again")
	default:
		return app, true
	}
	return nil, false
}

var (
	pingFrame = message{Event: "pusher:ping", Data: struct{}{}}.frame()
	pongFrame = message{Event: "pusher:pong", Data: struct{}{}}.frame()
)
