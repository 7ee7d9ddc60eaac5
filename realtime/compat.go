package realtime

import (
	"context"
	"encoding/json"
	"math"

	"github.com/sapa-chat/sapa/event"
)

// The names and fields of the Blazz audit, which existing frontends listen for.
const (
	qrCodeGenerated      = "qr-code-generated"
	sessionStatusChanged = "session-status-changed"
)

// generated is the data of qr-code-generated; a session is what we call a number.
type generated struct {
	QRCode    string `json:"qrCodeBase64"` // PNG
	ExpiresIn int    `json:"expiresInSeconds"`
	Workspace string `json:"workspaceId"`
	Session   string `json:"sessionId"`
}

// changed is the data of session-status-changed. Status is the number's state: connected is spelled so.
type changed struct {
	Session   string `json:"sessionId"`
	Status    string `json:"status"`
	Workspace string `json:"workspaceId"`
}

// statusChanged broadcasts session-status-changed: always.
func (s *Service) statusChanged(e event.Envelope) {
	channel := WorkspacePresence(e.Workspace)
	if !s.driver.Occupied(e.Workspace, channel) {
		return
	}
	var data struct {
		State string `json:"state"`
	}
	if err := json.Unmarshal(e.Data, &data); err != nil || data.State == "" {
		s.log.Warn("realtime: number.state without a state", "workspace", e.Workspace, "number", e.Number)
		return
	}
	s.trigger(e.Workspace, channel, sessionStatusChanged, toJSON(changed{e.Number, data.State, e.Workspace}))
}

// qrGenerated broadcasts qr-code-generated to everybody on the presence channel, if the workspace has switched that on.
func (s *Service) qrGenerated(ctx context.Context, e event.Envelope, c code) {
	channel := WorkspacePresence(e.Workspace)
	if !s.driver.Occupied(e.Workspace, channel) {
		return
	}
	w, err := s.apps.workspaces.Get(ctx, e.Workspace)
	if err != nil {
		s.log.Warn("realtime: "+qrCodeGenerated, "workspace", e.Workspace, "error", err)
		return
	}
	if !w.BroadcastQR {
		return
	}
	left := int(math.Ceil(c.ExpiresAt.Sub(s.clock.Now()).Seconds()))
	s.trigger(e.Workspace, channel, qrCodeGenerated, toJSON(generated{c.PNG, max(0, left), e.Workspace, e.Number}))
}
