package pusher

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Server speaks Pusher Channels: mount it for /app/ (sockets) and /apps/ (the
// signed HTTP API), run Run, and publish with Trigger. Make one with New.
// All methods are safe for concurrent use.
type Server struct {
	opt Options
	mux *http.ServeMux

	mu       sync.Mutex // a leaf: guards what follows
	hubs     map[string]*hub
	open     map[*conn]struct{} // accepted sockets
	from     map[netip.Addr]int // how many of them each address has
	live     int                // readers, also of refused sockets; each waits for its writer
	idle     *sync.Cond         // live became 0
	draining bool               // new sockets are refused with 4100
	stopped  bool               // no new sockets at all

	stats counters
}

// New makes a Server. It starts nothing: see Run.
func New(opt Options) (*Server, error) {
	if opt.Apps == nil {
		return nil, errors.New("pusher: Options.Apps is required")
	}
	s := &Server{
		opt:  opt.withDefaults(),
		mux:  http.NewServeMux(),
		hubs: make(map[string]*hub),
		open: make(map[*conn]struct{}),
		from: make(map[netip.Addr]int),
	}
	s.idle = sync.NewCond(&s.mu)
	s.mux.HandleFunc("/app/{key...}", s.connect)
	s.routes()
	return s, nil
}

// ServeHTTP serves /app/{key} and /apps/{id}/….
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run pings silent clients, closes dead ones and forgets old cached events until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	tick := time.NewTicker(min(time.Second, s.opt.PingAfter/2, s.opt.PongTimeout/2))
	defer tick.Stop()
	counts := time.NewTicker(5 * time.Second)
	defer counts.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.keepAlive(time.Now())
		case <-counts.C:
			for _, h := range s.allHubs() {
				h.sweep(s.opt.Clock.Now())
			}
		}
	}
}

// hub returns the app's state, made on first use.
func (s *Server) hub(appID string) *hub {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hubs[appID]
	if h == nil {
		h = newHub(s, appID)
		s.hubs[appID] = h
	}
	return h
}

// knownHub is hub without making one; nil when the app has no state.
func (s *Server) knownHub(appID string) *hub {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hubs[appID]
}

func (s *Server) allHubs() []*hub {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*hub, 0, len(s.hubs))
	for _, h := range s.hubs {
		all = append(all, h)
	}
	return all
}

func (s *Server) allConns() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.open))
	for c := range s.open {
		all = append(all, c)
	}
	return all
}

// track counts c as open, or says why not: the server is full or draining, or c's address has its share.
func (s *Server) track(c *conn) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining || len(s.open) >= s.opt.Limits.Connections:
		return &refusal{CodeOverCapacity, "the server is full or restarting"}
	case c.from.IsValid() && s.from[c.from] >= s.opt.Limits.PerAddress:
		return &refusal{CodeOverCapacity, "too many connections from your address"}
	}
	s.open[c] = struct{}{}
	if c.from.IsValid() {
		s.from[c.from]++
	}
	return nil
}

// forgetLocked undoes track, if it was done.
func (s *Server) forgetLocked(c *conn) {
	if _, open := s.open[c]; !open {
		return
	}
	delete(s.open, c)
	if s.from[c.from]--; s.from[c.from] <= 0 {
		delete(s.from, c.from)
	}
}

// begin counts a new reader; false when the server has stopped.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.live++
	}
	return !s.stopped
}

// end is the last act of a reader.
func (s *Server) end(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(c)
	if s.live--; s.live == 0 {
		s.idle.Broadcast()
	}
}

func (s *Server) untrack(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(c)
}
