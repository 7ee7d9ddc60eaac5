package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Server is WhatsApp's side of WhatsApp Web. Set the fields, then call Start.
type Server struct {
	Authority *Authority
	Directory Directory
	Journal   Journal
	Now       func() time.Time
	Log       *slog.Logger
	Revision  uint32
	Refs      int
	RefLife   time.Duration
	Media     http.Handler
	// OnStanza and OnSend see the stanzas of companions and drop them by returning false.
	OnStanza, OnSend func(c *Conn, n *bin.Node) bool
	// OnFrame may change the bytes of a stanza before they are sealed.
	OnFrame func(c *Conn, n *bin.Node, plain []byte) []byte
	// Ready is told when a companion is logged in and active, on its own goroutine.
	Ready func(ctx context.Context, d *Device, firstTime bool)

	// Gone is told when the connection of a companion ended. It must not block.
	Gone func(d *Device)
	// Picture tells a phone number's profile picture; nil, or an empty ID, is none.
	Picture func(phone string) Picture

	ctx    context.Context
	stop   context.CancelFunc
	work   sync.WaitGroup
	faults atomic.Pointer[Faults]
	ids    atomic.Uint64

	mu      sync.Mutex
	closed  bool
	changed chan struct{}
	conns   map[*Conn]bool
	refs    map[string]*Conn
	codes   map[string]*Conn // by phone number
}

// Directory knows who has WhatsApp.
type Directory interface {
	// ByPhone returns the user of a phone number (digits), or nil.
	ByPhone(phone string) *User
	// ByLID returns the user of a hidden id, or nil.
	ByLID(lid string) *User
}

// Message names a message for the Journal.
type Message struct {
	ID       string
	From, To *User
	Device   uint8 // the sender's
	Time     time.Time
}

// Journal is told what happens to messages, on the goroutine on which it happens.
type Journal interface {
	Accepted(m Message)
	Refused(m Message, code int)
	Lost(m Message)
	// Handed means that so many copies went to a companion's connection.
	Handed(m Message, to *User, device uint8, copies int)
	// Acknowledged means that a companion confirmed the message.
	Acknowledged(m Message, by *User, device uint8)
	// Receipt is a receipt of the given kind ("", "inactive", "read", "played", "retry", ..)
	// by a device for a message that author sent.
	Receipt(kind, id string, by *User, device uint8, author *User)
}

// Start makes the server ready to serve.
func (s *Server) Start() {
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.changed = make(chan struct{})
	s.conns, s.refs, s.codes = map[*Conn]bool{}, map[string]*Conn{}, map[string]*Conn{}
	if s.faults.Load() == nil {
		s.faults.Store(&Faults{})
	}
}

// Close cuts all connections and waits for everything that runs.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
}

// Go runs f on a goroutine that Close waits for; after Close it does nothing.
func (s *Server) Go(f func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		f(s.ctx)
	}()
}

// SetFaults changes the faults of a user, or of everybody for a nil user, and wakes the
// connections that wait for a change.
func (s *Server) SetFaults(u *User, change func(*Faults)) {
	s.mu.Lock()
	p := &s.faults
	if u != nil {
		p = &u.faults
		u.spent.Store(0)
	}
	f := Faults{}
	if old := p.Load(); old != nil {
		f = *old
	}
	change(&f)
	p.Store(&f)
	if u != nil {
		u.forget(s.faultsOf(u))
	}
	close(s.changed)
	s.changed = make(chan struct{})
	var cut []*Conn
	for c := range s.conns {
		if s.faultsOf(c.user()).Down {
			cut = append(cut, c)
		}
	}
	s.mu.Unlock()
	for _, c := range cut {
		c.finish()
	}
}

func (s *Server) faultsOf(u *User) *Faults {
	all := s.faults.Load()
	if u == nil {
		return all
	}
	own := u.faults.Load()
	if own == nil {
		return all
	}
	merged := own.over(*all)
	return &merged
}

// FaultsOf returns what is wrong for a user (nil: for the network).
func (s *Server) FaultsOf(u *User) Faults { return *s.faultsOf(u) }

func (s *Server) change() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Server) now(u *User) time.Time { return s.Now().Add(s.faultsOf(u).ClockOffset) }

// nextID makes an id that no client uses: receiveResponse of whatsmeow matches any iq or
// ack by its id alone (read).
func (s *Server) nextID() string { return "sim-" + strconv.FormatUint(s.ids.Add(1), 36) }

// user resolves a JID by phone number or hidden id.
func (s *Server) user(jid types.JID) *User {
	switch jid.Server {
	case types.DefaultUserServer, types.LegacyUserServer:
		return s.Directory.ByPhone(jid.User)
	case types.HiddenUserServer:
		return s.Directory.ByLID(jid.User)
	}
	return nil
}

// ServeHTTP serves the websocket, the page with the client revision, and media.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.faults.Load().Down:
		hangUp(w)
	case r.URL.Path == "/ws/chat":
		s.serveSocket(w, r)
	case strings.HasPrefix(r.URL.Path, "/mms/") && s.Media != nil:
		s.Media.ServeHTTP(w, r)
	case r.URL.Path == "/":
		// whatsmeow's GetLatestVersion looks for this, comma included (read: update.go).
		fmt.Fprintf(w, `<!doctype html><title>WhatsApp on loopback</title><script>{"client_revision":%d,"server_revision":%d}</script>`, s.Revision, s.Revision)
	default:
		http.NotFound(w, r)
	}
}

func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// serveSocket runs one connection to its end. Compression is refused: whatsmeow offers
// permessage-deflate, which costs 470 KB per client (measured).
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		s.Log.Debug("websocket refused", "err", err)
		return
	}
	ws.SetReadLimit(maxFrame + 3)
	c := newConn(s, ws)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = ws.CloseNow()
		return
	}
	s.work.Add(1)
	s.conns[c] = true
	s.mu.Unlock()
	defer s.work.Done()
	if err := c.run(); err != nil && s.ctx.Err() == nil {
		s.Log.Debug("connection ended", "err", err)
	}
	s.forget(c)
}

func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	delete(s.conns, c)
	for _, ref := range c.refs {
		delete(s.refs, ref)
	}
	if c.codePhone != "" && s.codes[c.codePhone] == c {
		delete(s.codes, c.codePhone)
	}
	s.mu.Unlock()
}
