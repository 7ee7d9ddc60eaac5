package pusher

import (
	"github.com/sapa-chat/sapa/internal/fault"
)

// Event is something to publish.
type Event struct {
	Name string
	// Data is what clients receive: by convention JSON.
	Data string
	// SocketID names a socket that does not get it, usually the one that caused it; "" for none.
	SocketID string
}

// Trigger publishes an event to one channel of an app. exceptSocketID names a
// socket that does not get it ("" for none). The channel #server-to-user-ID reaches
// all sockets that are signed in as ID. It never waits for a socket and fails only
// on a name that is not valid or data above Limits.TriggerData.
func (s *Server) Trigger(appID, channel, event, data, exceptSocketID string) error {
	switch {
	case !validChannel(channel):
		return fault.Errorf(fault.Invalid, "%q is not a valid channel name", channel)
	case !validEvent(event):
		return fault.Errorf(fault.Invalid, "%q is not a valid event name", event)
	case len(data) > s.opt.Limits.TriggerData:
		return fault.Errorf(fault.TooLarge, "the event's data has %d bytes, at most %d are allowed", len(data), s.opt.Limits.TriggerData)
	}
	s.publish(appID, channel, Event{event, data, exceptSocketID})
	return nil
}

// Occupied reports whether anybody listens on the channel, so that a publisher can save work.
// A cache channel should be published to all the same.
func (s *Server) Occupied(appID, channel string) bool {
	h := s.knownHub(appID)
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.channels[channel] != nil
}

// Terminate closes all sockets that are signed in as the user, with 4009, which
// pusher-js takes as final. It returns how many there were.
func (s *Server) Terminate(appID, userID string) int {
	h := s.knownHub(appID)
	if h == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.users[userID]
	if u == nil {
		return 0
	}
	for c := range u.sockets {
		c.refuse(CodeUnauthorized, "you were disconnected by the app")
	}
	return len(u.sockets)
}

// publish encodes an event once and fans it out.
func (s *Server) publish(appID, channel string, e Event) {
	h := s.knownHub(appID)
	if h == nil {
		if !kindOf(channel).cache {
			return
		}
		h = s.hub(appID)
	}
	frame := message{Event: e.Name, Channel: channel, Data: e.Data}.frame()
	s.stats.published.Add(1)
	s.stats.delivered.Add(int64(h.publish(channel, frame, e)))
}
