package pusher

import (
	"encoding/json"
	"strings"
)

// clientEvent passes client-… on to the other subscribers of a channel.
func (c *conn) clientEvent(f clientFrame) {
	if why := c.clientEventRefused(f); why != "" {
		c.fail(CodeClientLimit, why, f.Channel)
		return
	}
	if limit := c.srv.opt.Limits.ClientEvents; !c.events.take(c.srv.opt.Clock.Now(), limit, limit) {
		c.srv.stats.rateLimited.Add(1)
		c.fail(CodeClientLimit, "too many client events in a second", f.Channel)
		return
	}
	app, ok := c.app()
	if !ok {
		return
	}
	if app.NoClientEvents {
		c.fail(CodeClientLimit, "client events are switched off for this app", f.Channel)
		return
	}
	c.hub.relay(c, f)
}

// clientEventRefused says what is wrong with the event itself, or "".
func (c *conn) clientEventRefused(f clientFrame) string {
	switch {
	case !strings.HasPrefix(f.Event, "client-"):
		return "clients may only send events whose name starts with client-"
	case len(f.Event) > maxEventName:
		return "the event's name is too long"
	case len(f.Data) > c.srv.opt.Limits.EventData:
		return "the event's data is too large"
	case !kindOf(f.Channel).clientEvents():
		return "client events work on private and presence channels only"
	}
	return ""
}

// relay sends f to all subscribers but its sender, with the sender's user id on a presence channel.
func (h *hub) relay(c *conn, f clientFrame) {
	m := message{Event: f.Event, Channel: f.Channel}
	if len(f.Data) > 0 {
		m.Data = json.RawMessage(f.Data)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	userID, subscribed := c.subs[f.Channel]
	if !subscribed {
		c.fail(CodeClientLimit, "not subscribed to this channel", f.Channel)
		return
	}
	m.UserID = userID
	ch := h.channels[f.Channel]
	h.srv.stats.clientEvents.Add(1)
	h.srv.stats.published.Add(1)
	h.srv.stats.delivered.Add(int64(ch.broadcast(m.frame(), c)))
}
