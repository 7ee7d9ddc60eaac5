package pusher

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/coder/websocket"
)

// refusal is why a socket is closed right after it was opened: browsers cannot see an HTTP status.
type refusal struct {
	code    Code
	message string
}

// connect upgrades a request for /app/{key} and starts the socket.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		http.Error(w, "the server has stopped", http.StatusServiceUnavailable)
		return
	}
	app, no := s.admit(r)
	c := &conn{srv: s, t: &transport{}, id: newSocketID(), from: addressOf(r)}
	c.t.out.srv = s
	ws, err := websocket.Accept(hijacker{w, c.t}, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // admit has checked the origin against the app's list
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		s.opt.Log.Debug("pusher: not a WebSocket", "error", err)
		s.end(c)
		return
	}
	ws.SetReadLimit(int64(s.opt.Limits.ClientFrame))
	c.ws = ws
	if no == nil {
		no = s.join(c, app)
	}
	if no != nil {
		s.stats.refused.Add(1)
		c.refuse(no.code, no.message)
	}
	go c.serve() // not in this goroutine: the request's buffers and stack are freed now
}

// join puts c into its app's hub and greets it.
func (s *Server) join(c *conn, app *App) *refusal {
	if no := s.track(c); no != nil {
		return no
	}
	h := s.hub(app.ID)
	if !h.enter(c, app.MaxConnections) {
		s.untrack(c)
		return &refusal{CodeOverQuota, "the app has its maximum of connections"}
	}
	c.hub, c.key = h, app.Key
	s.stats.opened.Add(1)
	c.send(message{Event: "pusher:connection_established", Data: object(struct {
		SocketID        string `json:"socket_id"`
		ActivityTimeout int    `json:"activity_timeout"`
	}{c.id, max(1, int(s.opt.ActivityTimeout.Seconds()))})}.frame())
	return nil
}

// admit decides by URL, origin and app whether the client may connect.
func (s *Server) admit(r *http.Request) (*App, *refusal) {
	key := r.PathValue("key")
	if key == "" {
		return nil, &refusal{CodeNoPath, "the path must be /app/KEY"}
	}
	if no := checkProtocol(r.URL.Query().Get("protocol")); no != nil {
		return nil, no
	}
	app, err := s.opt.Apps.ByKey(r.Context(), key)
	switch {
	case errors.Is(err, ErrNoApp):
		return nil, &refusal{CodeNoApp, "no app has this key"}
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			s.opt.Log.Warn("pusher: app lookup", "error", err)
		}
		return nil, &refusal{CodeOverCapacity, "try again"}
	case app.Disabled:
		return nil, &refusal{CodeDisabled, "the app is disabled"}
	case !app.originAllowed(r):
		return nil, &refusal{CodeUnauthorized, "this origin is not on the app's list"}
	}
	return app, nil
}

// checkProtocol accepts versions 5 to 7, which differ in nothing that this server sends.
func checkProtocol(v string) *refusal {
	if v == "" {
		return &refusal{CodeNoProtocol, "the protocol parameter is missing"}
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		return &refusal{CodeVersion, "the protocol parameter is not a number"}
	case n < 5 || n > 7:
		return &refusal{CodeProtocol, "only protocols 5 to 7 are spoken here"}
	}
	return nil
}

// addressOf is whose limit a socket counts against: an address, or the /64 that a household or server has in IPv6. The
// zero Addr, for what is not an address, counts against nobody's.
func addressOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := from.Addr().Unmap()
	if addr.Is6() {
		if net, err := addr.Prefix(64); err == nil {
			return net.Addr().WithZone("")
		}
	}
	return addr
}

// newSocketID returns digits.digits that nobody can guess.
func newSocketID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%d.%d", binary.BigEndian.Uint32(b[:]), binary.BigEndian.Uint64(b[4:])>>12)
}
