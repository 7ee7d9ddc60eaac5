package pusher

import (
	"sync"
	"sync/atomic"
)

// Stats are counters since the start, apart from Connections, Channels and Draining, which are now.
type Stats struct {
	Connections  int            // open sockets
	Channels     int            // channels with a subscriber
	Opened       int64          // sockets accepted
	Refused      int64          // sockets refused when they connected
	Closed       map[Code]int64 // sockets closed by this server, by code
	Slow         int64          // of those, for a full queue
	Received     int64          // frames from clients
	Published    int64          // events published, by Trigger, HTTP or a client
	Delivered    int64          // frames of events queued to sockets
	ClientEvents int64          // events published by clients
	RateLimited  int64          // client events refused for their rate
	AuthRefused  int64          // subscriptions, sign-ins and HTTP calls with a wrong signature
	Calls        int64          // HTTP calls that passed authentication
	Draining     bool
}

type counters struct {
	opened, refused, slow, received, published, delivered atomic.Int64
	clientEvents, rateLimited, authRefused, calls         atomic.Int64

	mu    sync.Mutex
	codes map[Code]int64
}

func (c *counters) closed(code Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = make(map[Code]int64)
	}
	c.codes[code]++
}

func (c *counters) closes() map[Code]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[Code]int64, len(c.codes))
	for code, n := range c.codes {
		out[code] = n
	}
	return out
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	channels := 0
	for _, h := range s.allHubs() {
		channels += h.occupied()
	}
	s.mu.Lock()
	connections, draining := len(s.open), s.draining
	s.mu.Unlock()
	c := &s.stats
	return Stats{
		Connections: connections, Channels: channels, Draining: draining, Closed: c.closes(),
		Opened: c.opened.Load(), Refused: c.refused.Load(), Slow: c.slow.Load(), Received: c.received.Load(),
		Published: c.published.Load(), Delivered: c.delivered.Load(), ClientEvents: c.clientEvents.Load(),
		RateLimited: c.rateLimited.Load(), AuthRefused: c.authRefused.Load(), Calls: c.calls.Load(),
	}
}
