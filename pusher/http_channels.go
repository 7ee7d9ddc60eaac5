package pusher

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

type cacheInfo struct {
	Data string `json:"data"`
	TTL  int    `json:"ttl"` // seconds
}

// getChannels lists the occupied channels.
func (s *Server) getChannels(c call) (any, error) {
	prefix, info := c.query.Get("filter_by_prefix"), c.query.Get("info")
	if err := checkInfo(info, strings.HasPrefix(prefix, "presence-"), "user_count", "subscription_count"); err != nil {
		return nil, err
	}
	list := map[string]channelInfo{}
	if h := s.knownHub(c.app.ID); h != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		for name := range h.channels {
			if strings.HasPrefix(name, prefix) {
				list[name] = h.infoLocked(name, info)
			}
		}
	}
	return map[string]any{"channels": list}, nil
}

// getChannel tells about one channel, occupied or not.
func (s *Server) getChannel(c call) (any, error) {
	name, info := c.r.PathValue("channel"), c.query.Get("info")
	if !validChannel(name) {
		return nil, refused(http.StatusBadRequest, "not a valid channel name")
	}
	if err := checkInfo(info, kindOf(name).presence, "user_count", "subscription_count", "cache"); err != nil {
		return nil, err
	}
	answer := s.info(c.app.ID, name, info)
	occupied := s.Occupied(c.app.ID, name)
	answer.Occupied = &occupied
	return answer, nil
}

// getUsers lists the users of a presence channel.
func (s *Server) getUsers(c call) (any, error) {
	name := c.r.PathValue("channel")
	if !validChannel(name) || !kindOf(name).presence {
		return nil, refused(http.StatusBadRequest, "only presence channels have users")
	}
	type userID struct {
		ID string `json:"id"`
	}
	users := []userID{}
	if h := s.knownHub(c.app.ID); h != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if ch := h.channels[name]; ch != nil {
			for _, id := range slices.Sorted(maps.Keys(ch.members)) {
				users = append(users, userID{id})
			}
		}
	}
	return map[string]any{"users": users}, nil
}

// postTerminate closes every socket of a signed-in user.
func (s *Server) postTerminate(c call) (any, error) {
	id := c.r.PathValue("user")
	if !validUserID(id) {
		return nil, refused(http.StatusBadRequest, "not a valid user id")
	}
	s.Terminate(c.app.ID, id)
	return struct{}{}, nil
}

// info returns the attributes named in a comma-separated list.
func (s *Server) info(appID, channel, attributes string) channelInfo {
	h := s.hub(appID)
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.infoLocked(channel, attributes)
}

func (h *hub) infoLocked(name, attributes string) channelInfo {
	var info channelInfo
	ch := h.channels[name]
	for attribute := range strings.SplitSeq(attributes, ",") {
		n := 0
		switch attribute {
		case "user_count":
			if ch != nil {
				n = len(ch.members)
			}
			info.UserCount = &n
		case "subscription_count":
			if ch != nil {
				n = len(ch.subs)
			}
			info.SubscriptionCount = &n
		case "cache":
			if e, ok := h.cachedLocked(name); ok {
				info.Cache = &cacheInfo{e.data, int(e.expires.Sub(h.srv.opt.Clock.Now()).Seconds())}
			}
		}
	}
	return info
}
