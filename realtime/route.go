package realtime

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/pusher"
)

// maxData is how many bytes of data an event carries before it is reduced to ids.
const maxData = 8 << 10

// Name implements event.Consumer.
func (*Service) Name() string { return "realtime" }

// Forgets implements [event.Forgetful]: whoever connects fetches what it lacks.
func (*Service) Forgets() {}

// Consume implements event.Consumer. Nothing here is worth a second try, so it
// never fails: who is not listening fetches later.
func (s *Service) Consume(ctx context.Context, batch []event.Envelope) error {
	for _, e := range batch {
		s.route(ctx, e)
	}
	return nil
}

// Publish implements event.Live. An envelope without id or time gets both.
func (s *Service) Publish(ctx context.Context, e event.Envelope) {
	if e.ID == "" {
		e.ID = id.New()
	}
	if e.Time.IsZero() {
		e.Time = s.clock.Now()
	}
	s.route(ctx, e)
}

// route sends one event where it belongs. Events of the installation have no workspace and go nowhere.
func (s *Service) route(ctx context.Context, e event.Envelope) {
	if e.Workspace == "" || e.Workspace == event.Installation {
		return
	}
	switch e.Type {
	case event.NumberQR:
		s.routeQR(ctx, e)
		return
	case event.NumberState:
		s.statusChanged(e)
	}
	channels := []string{WorkspaceChannel(e.Workspace)}
	if e.Conversation != "" {
		channels = append(channels, ConversationChannel(e.Conversation))
	}
	data := ""
	for _, channel := range channels {
		if !s.driver.Occupied(e.Workspace, channel) {
			continue
		}
		if data == "" {
			data = encode(e)
		}
		s.trigger(e.Workspace, channel, string(e.Type), data)
	}
}

// routeQR sends a code to those who may pair, encrypted with the channel's key, and to the compatibility channel if the workspace wants it.
func (s *Service) routeQR(ctx context.Context, e event.Envelope) {
	code, err := readQR(e.Data)
	if err != nil {
		s.log.Warn("realtime: QR", "workspace", e.Workspace, "number", e.Number, "error", err)
		return
	}
	if channel := NumberChannel(e.Number); s.driver.Occupied(e.Workspace, channel) {
		app, err := s.apps.Of(ctx, e.Workspace)
		if err != nil {
			s.log.Warn("realtime: QR", "workspace", e.Workspace, "number", e.Number, "error", err)
			return
		}
		e.Data = json.RawMessage(toJSON(code))
		secret := pusher.SharedSecret(app.Master, channel)
		s.trigger(e.Workspace, channel, string(e.Type), pusher.Encrypt(secret, toJSON(e)))
	}
	s.qrGenerated(ctx, e, code)
}

func (s *Service) trigger(workspace, channel, name, data string) {
	if err := s.driver.Trigger(workspace, channel, name, data, ""); err != nil {
		s.log.Warn("realtime: event not published", "workspace", workspace, "type", name, "error", err)
	}
}

// encode is the envelope as JSON, its data reduced to ids when it is too large.
func encode(e event.Envelope) string {
	if len(e.Data) == 0 {
		e.Data = json.RawMessage("{}")
	}
	if len(e.Data) > maxData {
		e.Data = reduce(e.Data)
	}
	return toJSON(e)
}

// reduce keeps of an object its members that are ids, and the ids of members that are objects.
func reduce(data json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	kept := map[string]any{"truncated": true}
	if json.Unmarshal(data, &object) == nil {
		for name, value := range object {
			var text string
			var inner struct {
				ID string `json:"id"`
			}
			switch {
			case json.Unmarshal(value, &text) == nil && id.Valid(text):
				kept[name] = text
			case json.Unmarshal(value, &inner) == nil && id.Valid(inner.ID):
				kept[name] = inner
			}
		}
	}
	return json.RawMessage(toJSON(kept))
}
