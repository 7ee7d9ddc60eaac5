package pusher

import (
	"sync"
	"time"
)

// hub is the state of one app: its sockets, channels, users and cached events.
// One lock guards all of it; under it nothing waits, since sending is queueing.
type hub struct {
	srv   *Server
	appID string

	mu       sync.Mutex
	conns    map[string]*conn // by socket id
	channels map[string]*channel
	users    map[string]*user
	cache    map[string]cached
}

func newHub(s *Server, appID string) *hub {
	return &hub{
		srv: s, appID: appID,
		conns:    make(map[string]*conn),
		channels: make(map[string]*channel),
		users:    make(map[string]*user),
		cache:    make(map[string]cached),
	}
}

// enter adds a socket; false when the app already has limit of them (0: no limit).
func (h *hub) enter(c *conn, limit int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if limit > 0 && len(h.conns) >= limit {
		return false
	}
	h.conns[c.id] = c
	return true
}

// leave removes a socket from everything it had joined.
func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.gone = true
	delete(h.conns, c.id)
	for name := range c.subs {
		h.removeLocked(c, name)
	}
	h.signOutLocked(c)
}

func (h *hub) unsubscribe(c *conn, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removeLocked(c, name)
}

// removeLocked ends a subscription and forgets the channel with its last one.
func (h *hub) removeLocked(c *conn, name string) {
	userID, subscribed := c.subs[name]
	if !subscribed {
		return
	}
	delete(c.subs, name)
	ch := h.channels[name]
	delete(ch.subs, c)
	if ch.kind.presence && ch.removeMember(userID) {
		ch.broadcast(memberRemoved(name, userID), nil)
	}
	if len(ch.subs) == 0 {
		delete(h.channels, name)
		return
	}
	ch.countChanged()
}

// publish sends frame to the channel's subscribers, except the socket named, and
// remembers the event on a cache channel. It returns how many it was queued to.
func (h *hub) publish(name string, frame []byte, e Event) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id, ok := userOf(name); ok {
		return h.toUserLocked(id, frame, h.conns[e.SocketID])
	}
	if kindOf(name).cache {
		h.rememberLocked(name, frame, e.Data)
	}
	ch := h.channels[name]
	if ch == nil {
		return 0
	}
	return ch.broadcast(frame, h.conns[e.SocketID])
}

// sweep forgets what has expired and tells the counts of big channels.
func (h *hub) sweep(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, e := range h.cache {
		if !e.expires.After(now) {
			delete(h.cache, name)
		}
	}
	for _, ch := range h.channels {
		ch.tellCount()
	}
}

func (h *hub) occupied() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.channels)
}

func (h *hub) sockets() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*conn, 0, len(h.conns))
	for _, c := range h.conns {
		all = append(all, c)
	}
	return all
}
