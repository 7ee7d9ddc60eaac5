package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/workspace"
)

// Member is somebody who works in the workspace.
type Member struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Email    string         `json:"email"`
	Role     workspace.Role `json:"role" enum:"owner,admin,agent"`
	LastSeen *time.Time     `json:"last_seen" doc:"Right to a few minutes; null when never."`
}

// MemberChange is what an admin changes of a member.
type MemberChange struct {
	Role workspace.Role `json:"role" enum:"owner,admin,agent"`
}

// ResetLink lets a member choose a new password.
type ResetLink struct {
	Link      string    `json:"link" doc:"Relative when the installation does not know its public URL."`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Server) registerPeople() {
	add(s, route{method: http.MethodGet, path: "/v1/people", id: "list-people", tag: "people", access: member, permission: workspace.ReadPeople,
		summary: "Who works here"}, s.listPeople)
	add(s, route{method: http.MethodPatch, path: "/v1/people/{id}", id: "change-member", tag: "people", access: member, permission: workspace.WritePeople,
		summary: "Change somebody's role", about: "Only an owner makes or changes owners; the last owner stays."}, s.changeMember)
	add(s, route{method: http.MethodDelete, path: "/v1/people/{id}", id: "remove-member", tag: "people", access: member, permission: workspace.WritePeople, status: http.StatusNoContent,
		summary: "Remove somebody from the workspace", about: "They keep their login."}, s.removeMember)
	add(s, route{method: http.MethodPost, path: "/v1/people/{id}/password-reset", id: "reset-member-password", tag: "people", access: member, permission: workspace.WritePeople,
		summary: "Make a reset link to hand over",
		about:   "Only for somebody whose login opens nothing but this workspace, since a login is the same everywhere; else 403 `reset_not_yours`."}, s.resetMember)
}

func showMember(m workspace.Member) Member {
	return Member{ID: m.ID, Name: m.Name, Email: m.Email, Role: m.Role, LastSeen: optional(m.LastSeen)}
}

func (s *Server) listPeople(ctx context.Context, c Caller, _ *none) (*of[List[Member]], error) {
	all, err := s.cfg.Workspaces.Members(ctx, c.Workspace)
	return listOf(all, "", showMember), err
}

func (s *Server) changeMember(ctx context.Context, c Caller, in *changeOf[MemberChange]) (*of[Member], error) {
	m, err := s.cfg.Workspaces.SetRole(ctx, c.Workspace, c.Role, in.ID, in.Body.Role)
	if err != nil {
		return nil, err
	}
	s.reauthorize(ctx, c.Workspace)
	return answer(showMember(m)), nil
}

func (s *Server) removeMember(ctx context.Context, c Caller, in *ByID) (*none, error) {
	if err := s.cfg.Workspaces.Remove(ctx, c.Workspace, c.Role, in.ID); err != nil {
		return nil, err
	}
	s.dismiss(ctx, c.Workspace, in.ID, "you were removed from this workspace")
	return nil, nil
}

func (s *Server) resetMember(ctx context.Context, c Caller, in *ByID) (*of[ResetLink], error) {
	l, err := s.cfg.Workspaces.ResetLink(ctx, c.Workspace, c.Role, in.ID)
	return answer(ResetLink{Link: l.URL, ExpiresAt: l.ExpiresAt}), err
}
