package pusher

import (
	"encoding/json"
	"errors"
)

// subscription is what a client asks for in pusher:subscribe.
type subscription struct {
	Channel     string `json:"channel"`
	Auth        string `json:"auth"`
	ChannelData string `json:"channel_data"`
}

// who is the user that a presence subscription's channel_data names.
type who struct {
	id   string
	info json.RawMessage
}

// subscribe checks the request and adds the socket to the channel.
func (c *conn) subscribe(f clientFrame) {
	var req subscription
	if err := f.decode(&req); err != nil || !validChannel(req.Channel) {
		c.fail(CodeReconnect, "not a valid channel name", "")
		return
	}
	k := kindOf(req.Channel)
	app, ok := c.app()
	if !ok {
		return
	}
	if k.needsAuth() && !c.signed(app, req, k) {
		c.srv.stats.authRefused.Add(1)
		c.subscriptionError(req.Channel, "AuthError", "the signature does not match", 401)
		return
	}
	var member who
	if k.presence {
		var err error
		if member, err = c.srv.readWho(req.ChannelData); err != nil {
			c.subscriptionError(req.Channel, "InvalidChannelData", err.Error(), 400)
			return
		}
	}
	c.hub.subscribe(c, req.Channel, k, member, app.SubscriptionCount)
}

func (c *conn) signed(app *App, req subscription, k kind) bool {
	data := req.ChannelData
	if !k.presence {
		data = ""
	}
	return sameAuth(req.Auth, SignChannel(app.Key, app.Secret, c.id, req.Channel, data))
}

func (c *conn) subscriptionError(channel, kind, text string, status int) {
	type reason struct {
		Type   string `json:"type"`
		Error  string `json:"error"`
		Status int    `json:"status"`
	}
	c.send(message{Event: "pusher:subscription_error", Channel: channel, Data: reason{kind, text, status}}.frame())
}

// readWho reads channel_data. The id may be a string or a number.
func (s *Server) readWho(data string) (who, error) {
	var d struct {
		UserID any             `json:"user_id"`
		Info   json.RawMessage `json:"user_info"`
	}
	if err := unmarshalNumbers([]byte(data), &d); err != nil {
		return who{}, errors.New("channel_data is not JSON")
	}
	id, ok := idOf(d.UserID)
	switch {
	case !ok || !validUserID(id):
		return who{}, errors.New("channel_data has no usable user_id")
	case len(d.Info) > s.opt.Limits.PresenceUserBytes:
		return who{}, errors.New("user_info is too large")
	}
	if len(d.Info) == 0 {
		d.Info = json.RawMessage("null")
	}
	return who{id, d.Info}, nil
}

// subscribe adds the socket under the hub's lock, so that nothing comes between the reply and the first event.
func (h *hub) subscribe(c *conn, name string, k kind, m who, counts bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := h.channels[name]
	_, already := c.subs[name]
	switch {
	case c.gone:
		return
	case already:
		c.fail(CodeReconnect, "already subscribed", name)
		return
	case len(c.subs) >= h.srv.opt.Limits.Channels:
		c.subscriptionError(name, "LimitReached", "too many subscriptions on this connection", 429)
		return
	case k.user && (c.user == nil || userPrefix+c.user.id != name):
		h.srv.stats.authRefused.Add(1)
		c.subscriptionError(name, "AuthError", "not signed in as this user", 401)
		return
	case k.presence && ch != nil && ch.members[m.id] == nil && len(ch.members) >= h.srv.opt.Limits.PresenceMembers:
		c.subscriptionError(name, "LimitReached", "the channel has its maximum of members", 429)
		return
	}
	if ch == nil {
		ch = &channel{name: name, kind: k, subs: make(map[*conn]struct{}), counts: counts}
		if k.presence {
			ch.members = make(map[string]*member)
		}
		h.channels[name] = ch
	}
	h.addLocked(c, ch, m)
}

func (h *hub) addLocked(c *conn, ch *channel, m who) {
	data := "{}"
	if ch.kind.presence {
		if ch.addMember(m.id, m.info) {
			ch.broadcast(memberAdded(ch.name, m.id, m.info), nil)
		}
		data = ch.roster()
	}
	if c.subs == nil {
		c.subs = make(map[string]string, 2)
	}
	c.subs[ch.name] = m.id
	ch.subs[c] = struct{}{}
	c.send(message{Event: "pusher_internal:subscription_succeeded", Channel: ch.name, Data: data}.frame())
	if ch.kind.cache {
		if e, ok := h.cachedLocked(ch.name); ok {
			c.send(e.frame)
		} else {
			c.send(cacheMiss(ch.name))
		}
	}
	ch.countChanged()
}
