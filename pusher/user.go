package pusher

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// user is somebody signed in to an app, on any number of sockets, or somebody
// whom others watch. Guarded by the hub's lock.
type user struct {
	id       string
	sockets  map[*conn][]string // each with the ids on its watchlist
	watchers map[*conn]struct{} // sockets of others that watch this user
}

// signIn handles pusher:signin: the user's data is signed by the app's server.
func (c *conn) signIn(f clientFrame) {
	var req struct {
		Auth     string `json:"auth"`
		UserData string `json:"user_data"`
	}
	app, ok := c.app()
	if !ok {
		return
	}
	if err := f.decode(&req); err != nil || !sameAuth(req.Auth, SignUser(app.Key, app.Secret, c.id, req.UserData)) {
		c.srv.stats.authRefused.Add(1)
		c.refuse(CodeUnauthorized, "the sign-in's signature does not match")
		return
	}
	var data struct {
		ID        any   `json:"id"`
		Watchlist []any `json:"watchlist"`
	}
	err := unmarshalNumbers([]byte(req.UserData), &data)
	id, ok := idOf(data.ID)
	if err != nil || !ok || !validUserID(id) {
		c.refuse(CodeUnauthorized, "user_data has no usable id")
		return
	}
	watch := idsOf(data.Watchlist)
	if len(watch) > c.srv.opt.Limits.Watchlist {
		c.fail(CodeWatchlistLimit, "the watchlist is too long", "")
		watch = nil
	}
	c.hub.signIn(c, id, watch, req.UserData)
}

// signIn makes c a socket of user id, and tells whoever watches.
func (h *hub) signIn(c *conn, id string, watch []string, userData string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.gone {
		return
	}
	h.signOutLocked(c)
	u := h.userLocked(id)
	first := len(u.sockets) == 0
	u.sockets[c] = watch
	c.user = u
	c.send(message{Event: "pusher:signin_success", Data: struct {
		UserData string `json:"user_data"`
	}{userData}}.frame())
	if first {
		u.tellWatchers("online")
	}
	h.watchLocked(c, watch)
}

// watchLocked registers c as a watcher and tells it who is online now and who is not.
func (h *hub) watchLocked(c *conn, watch []string) {
	now := map[string][]string{}
	for _, id := range watch {
		w := h.userLocked(id)
		w.watchers[c] = struct{}{}
		state := "offline"
		if len(w.sockets) > 0 {
			state = "online"
		}
		now[state] = append(now[state], id)
	}
	if len(now) > 0 {
		c.send(watchlistFrame(now))
	}
}

// signOutLocked undoes signIn, if there was one.
func (h *hub) signOutLocked(c *conn) {
	u := c.user
	if u == nil {
		return
	}
	c.user = nil
	h.removeLocked(c, userPrefix+u.id)
	for _, id := range u.sockets[c] {
		if w := h.users[id]; w != nil {
			delete(w.watchers, c)
			h.forgetLocked(w)
		}
	}
	delete(u.sockets, c)
	if len(u.sockets) == 0 {
		u.tellWatchers("offline")
	}
	h.forgetLocked(u)
}

func (h *hub) userLocked(id string) *user {
	u := h.users[id]
	if u == nil {
		u = &user{id: id, sockets: make(map[*conn][]string), watchers: make(map[*conn]struct{})}
		h.users[id] = u
	}
	return u
}

func (h *hub) forgetLocked(u *user) {
	if len(u.sockets) == 0 && len(u.watchers) == 0 {
		delete(h.users, u.id)
	}
}

// toUserLocked sends frame once to each of the user's sockets, whether or not it subscribed to the user's channel.
func (h *hub) toUserLocked(id string, frame []byte, except *conn) int {
	u, n := h.users[id], 0
	if u == nil {
		return 0
	}
	for c := range u.sockets {
		if c != except {
			c.send(frame)
			n++
		}
	}
	return n
}

func (u *user) tellWatchers(state string) {
	if len(u.watchers) == 0 {
		return
	}
	frame := watchlistFrame(map[string][]string{state: {u.id}})
	for c := range u.watchers {
		c.send(frame)
	}
}

func watchlistFrame(states map[string][]string) []byte {
	type change struct {
		Name    string   `json:"name"`
		UserIDs []string `json:"user_ids"`
	}
	var events []change
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(states))) {
		events = append(events, change{name, states[name]})
	}
	return message{Event: "pusher_internal:watchlist_events", Data: object(struct {
		Events []change `json:"events"`
	}{events})}.frame()
}

// userOf returns the user that a channel named #server-to-user-ID reaches.
func userOf(channel string) (id string, ok bool) { return strings.CutPrefix(channel, userPrefix) }

// idOf reads an id that may be a JSON string or number.
func idOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		_, err := strconv.ParseInt(v.String(), 10, 64)
		return v.String(), err == nil
	}
	return "", false
}

func idsOf(list []any) []string {
	var ids []string
	for _, v := range list {
		if id, ok := idOf(v); ok && validUserID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unmarshalNumbers is json.Unmarshal that keeps numbers as they were written.
func unmarshalNumbers(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}
