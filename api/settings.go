package api

import (
	"context"
	"net/http"

	"github.com/sapa-chat/sapa/workspace"
)

// Settings belong to the installation.
type Settings struct {
	PublicURL string `json:"public_url" doc:"The address that links are made from."`
	Fixed     bool   `json:"public_url_fixed" doc:"The configuration file decides it."`
}

// SettingsChange is what an administrator changes.
type SettingsChange struct {
	PublicURL *string `json:"public_url,omitempty" maxLength:"300"`
}

func (s *Server) registerSettings() {
	add(s, route{method: http.MethodGet, path: "/v1/settings", id: "get-settings", tag: "settings", access: administrator,
		summary: "The installation's settings"}, s.getSettings)
	add(s, route{method: http.MethodPatch, path: "/v1/settings", id: "change-settings", tag: "settings", access: administrator,
		summary: "Change the installation's settings"}, s.changeSettings)
	add(s, route{method: http.MethodPost, path: "/v1/settings/address", id: "check-address", tag: "settings", access: administrator,
		summary: "Does an address lead here",
		about:   "Asks one path of the address from the server, on the public internet alone, at most ten times a minute. The result is advice: any address can be saved."}, s.checkAddress)
}

func showSettings(v workspace.Settings) Settings {
	return Settings{PublicURL: v.PublicURL, Fixed: v.Fixed}
}

func (s *Server) getSettings(ctx context.Context, _ Caller, _ *none) (*of[Settings], error) {
	v, err := s.cfg.Workspaces.Settings(ctx)
	return answer(showSettings(v)), err
}

func (s *Server) changeSettings(ctx context.Context, c Caller, in *bodyOf[SettingsChange]) (*of[Settings], error) {
	if in.Body.PublicURL == nil {
		return s.getSettings(ctx, c, nil)
	}
	v, err := s.cfg.Workspaces.SetPublicURL(ctx, *in.Body.PublicURL)
	return answer(showSettings(v)), err
}
