package pusher

import (
	"net/http"
	"slices"
	"strings"
)

// eventBody is one event of POST events or batch_events.
type eventBody struct {
	Name     string   `json:"name"`
	Data     *string  `json:"data"`
	Channels []string `json:"channels"`
	Channel  string   `json:"channel"`
	SocketID string   `json:"socket_id"`
	Info     string   `json:"info"`
}

// channelInfo are the attributes of a channel that a caller asked for.
type channelInfo struct {
	Occupied          *bool      `json:"occupied,omitempty"`
	UserCount         *int       `json:"user_count,omitempty"`
	SubscriptionCount *int       `json:"subscription_count,omitempty"`
	Cache             *cacheInfo `json:"cache,omitempty"`
}

// postEvents publishes one event to up to 100 channels.
func (s *Server) postEvents(c call) (any, error) {
	var e eventBody
	if err := c.decode(&e); err != nil {
		return nil, err
	}
	if e.Channel != "" {
		e.Channels = append(e.Channels, e.Channel)
	}
	if err := s.check(e); err != nil {
		return nil, err
	}
	infos := map[string]channelInfo{}
	for _, name := range e.Channels {
		s.publish(c.app.ID, name, Event{e.Name, *e.Data, e.SocketID})
		if e.Info != "" {
			infos[name] = s.info(c.app.ID, name, e.Info)
		}
	}
	if e.Info == "" {
		return struct{}{}, nil
	}
	return map[string]any{"channels": infos}, nil
}

// postBatch publishes up to 10 events, none if one of them is not valid.
func (s *Server) postBatch(c call) (any, error) {
	var b struct {
		Batch []eventBody `json:"batch"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if len(b.Batch) == 0 || len(b.Batch) > s.opt.Limits.Batch {
		return nil, refused(http.StatusBadRequest, "a batch has 1 to 10 events")
	}
	asked := false
	for i, e := range b.Batch {
		if len(e.Channels) > 0 {
			return nil, refused(http.StatusBadRequest, "an event of a batch has one channel, not channels")
		}
		b.Batch[i].Channels = []string{e.Channel}
		if err := s.check(b.Batch[i]); err != nil {
			return nil, err
		}
		asked = asked || e.Info != ""
	}
	infos := make([]channelInfo, len(b.Batch))
	for i, e := range b.Batch {
		s.publish(c.app.ID, e.Channel, Event{e.Name, *e.Data, e.SocketID})
		infos[i] = s.info(c.app.ID, e.Channel, e.Info)
	}
	if !asked {
		return struct{}{}, nil
	}
	return map[string]any{"batch": infos}, nil
}

// check refuses an event that is not valid before anything is published.
func (s *Server) check(e eventBody) error {
	switch {
	case !validEvent(e.Name):
		return refused(http.StatusBadRequest, "not a valid event name")
	case e.Data == nil:
		return refused(http.StatusBadRequest, "data is missing or not a string")
	case len(*e.Data) > s.opt.Limits.EventData:
		return refused(http.StatusRequestEntityTooLarge, "data is too large")
	case len(e.Channels) == 0 || len(e.Channels) > s.opt.Limits.EventChannels:
		return refused(http.StatusBadRequest, "an event has 1 to 100 channels")
	case e.SocketID != "" && !validSocketID(e.SocketID):
		return refused(http.StatusBadRequest, "not a valid socket_id")
	}
	for _, name := range e.Channels {
		if !validChannel(name) {
			return refused(http.StatusBadRequest, "not a valid channel name")
		}
		if err := checkInfo(e.Info, kindOf(name).presence, "user_count", "subscription_count"); err != nil {
			return err
		}
	}
	return nil
}

// checkInfo refuses attributes that are unknown, or user_count where there are no users.
func checkInfo(info string, presence bool, known ...string) error {
	if info == "" {
		return nil
	}
	for attribute := range strings.SplitSeq(info, ",") {
		if !slices.Contains(known, attribute) {
			return refused(http.StatusBadRequest, "info has an attribute that is not known here")
		}
		if attribute == "user_count" && !presence {
			return refused(http.StatusBadRequest, "user_count is for presence channels")
		}
	}
	return nil
}
