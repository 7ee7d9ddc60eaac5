package api

import (
	"context"
	"net/http"

	"github.com/sapa-chat/sapa/workspace"
)

// SetupState tells whether the installation waits for its first administrator.
type SetupState struct {
	Needed    bool `json:"needed"`
	Simulator bool `json:"simulator"`
}

// SetupRequest is the first page's form.
type SetupRequest struct {
	Token     string          `json:"token" doc:"From the link that the terminal printed." maxLength:"200"`
	Name      string          `json:"name" maxLength:"200"`
	Email     string          `json:"email" maxLength:"320"`
	Password  string          `json:"password" maxLength:"1024"`
	Language  string          `json:"language,omitempty" maxLength:"8"`
	Workspace WorkspaceCreate `json:"workspace"`
	PublicURL string          `json:"public_url,omitempty" maxLength:"300" doc:"The address under which people reach this installation."`
}

func (s *Server) registerSetup() {
	add(s, route{method: http.MethodGet, path: "/v1/setup", id: "get-setup", tag: "setup", access: public,
		summary: "Is setup needed"}, s.getSetup)
	add(s, route{method: http.MethodPost, path: "/v1/setup", id: "setup", tag: "setup", access: public,
		summary: "Make the first administrator and their workspace",
		about:   "Needs the one-time token that the terminal printed. 403 `setup_link_wrong` for a wrong link, 410 `setup_done` for a used one."}, s.setup)
	s.registerSetupAddress()
}

func (s *Server) registerSetupAddress() {
	add(s, route{method: http.MethodPost, path: "/v1/setup/address", id: "check-setup-address", tag: "setup", access: public,
		summary: "Does an address lead here",
		about:   "For whoever holds the setup link. Asks one path of the address from the server, on the public internet alone, at most ten times a minute. The result is advice: setup takes any address."}, s.checkSetupAddress)
}

func (s *Server) getSetup(ctx context.Context, _ Caller, _ *none) (*of[SetupState], error) {
	needed, err := s.cfg.Workspaces.SetupNeeded(ctx)
	return answer(SetupState{Needed: needed, Simulator: s.cfg.Simulator != nil}), err
}

func (s *Server) setup(ctx context.Context, c Caller, in *bodyOf[SetupRequest]) (*loggedIn, error) {
	b := in.Body
	login, err := s.cfg.Workspaces.Setup(ctx, workspace.Setup{
		Token: b.Token, Name: b.Name, Email: b.Email, Password: b.Password, Language: b.Language,
		Workspace: workspace.Draft(b.Workspace), PublicURL: b.PublicURL,
	})
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, c, login)
}
