package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/workspace"
)

// Workspace is the one that the caller acts in.
type Workspace struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Country     string    `json:"country" doc:"ISO 3166 alpha-2; phone numbers without a prefix are read as this country's."`
	Timezone    string    `json:"timezone" doc:"IANA name."`
	Origins     []string  `json:"origins" nullable:"false" doc:"Web origins that may call the API with a key and open realtime connections."`
	MaxNumbers  int       `json:"max_numbers" doc:"What the plan allows."`
	BroadcastQR bool      `json:"broadcast_qr" doc:"Also send pairing codes as qr-code-generated on the presence channel."`
	CreatedAt   time.Time `json:"created_at"`
}

// WorkspaceCreate is a new workspace. Country defaults to ID, time zone to Asia/Jakarta.
type WorkspaceCreate struct {
	Name     string `json:"name" maxLength:"200"`
	Country  string `json:"country,omitempty" maxLength:"8"`
	Timezone string `json:"timezone,omitempty" maxLength:"64"`
}

// WorkspaceChange is what an admin changes.
type WorkspaceChange struct {
	Name        *string   `json:"name,omitempty" maxLength:"200"`
	Country     *string   `json:"country,omitempty" maxLength:"8"`
	Timezone    *string   `json:"timezone,omitempty" maxLength:"64"`
	Origins     *[]string `json:"origins,omitempty" nullable:"false" maxItems:"50"`
	BroadcastQR *bool     `json:"broadcast_qr,omitempty"`
}

func (s *Server) registerWorkspace() {
	add(s, route{method: http.MethodPost, path: "/v1/workspaces", id: "create-workspace", tag: "workspace", access: administrator, status: http.StatusCreated, creates: true,
		summary: "Create a workspace", about: "The caller becomes its first owner."}, s.createWorkspace)
	add(s, route{method: http.MethodGet, path: "/v1/workspace", id: "get-workspace", tag: "workspace", access: member, permission: workspace.ReadWorkspace,
		summary: "The workspace"}, s.getWorkspace)
	add(s, route{method: http.MethodPatch, path: "/v1/workspace", id: "change-workspace", tag: "workspace", access: member, permission: workspace.WriteWorkspace,
		summary: "Change the workspace"}, s.changeWorkspace)
}

func showWorkspace(w workspace.Workspace) Workspace {
	return Workspace{
		ID: w.ID, Name: w.Name, Country: w.Country, Timezone: w.Timezone, Origins: append([]string{}, w.Origins...),
		MaxNumbers: w.MaxNumbers, BroadcastQR: w.BroadcastQR, CreatedAt: w.CreatedAt,
	}
}

func (s *Server) createWorkspace(ctx context.Context, c Caller, in *bodyOf[WorkspaceCreate]) (*of[Workspace], error) {
	w, err := s.cfg.Workspaces.Create(ctx, workspace.Draft(in.Body), c.Session.Person.ID)
	return answer(showWorkspace(w)), err
}

func (s *Server) getWorkspace(ctx context.Context, c Caller, _ *none) (*of[Workspace], error) {
	w, err := s.cfg.Workspaces.Get(ctx, c.Workspace)
	return answer(showWorkspace(w)), err
}

func (s *Server) changeWorkspace(ctx context.Context, c Caller, in *bodyOf[WorkspaceChange]) (*of[Workspace], error) {
	w, err := s.cfg.Workspaces.Update(ctx, c.Workspace, workspace.Patch(in.Body))
	return answer(showWorkspace(w)), err
}
