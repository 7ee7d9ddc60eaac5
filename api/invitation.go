package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/workspace"
)

// Invitation is an offer to join the workspace. Link is there only in the answer that made it.
type Invitation struct {
	ID        string         `json:"id"`
	Email     string         `json:"email"`
	Role      workspace.Role `json:"role" enum:"owner,admin,agent"`
	Link      string         `json:"link,omitempty" doc:"Only in the answer that made it. Relative when the installation does not know its public URL."`
	Mailed    bool           `json:"mailed" doc:"Whether it was also sent by mail."`
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at"`
}

// InvitationCreate says whom to invite as what.
type InvitationCreate struct {
	Email string         `json:"email" maxLength:"320"`
	Role  workspace.Role `json:"role" enum:"owner,admin,agent"`
}

// InvitationOffer is what the invited person sees.
type InvitationOffer struct {
	WorkspaceName  string         `json:"workspace_name"`
	Email          string         `json:"email"`
	Role           workspace.Role `json:"role" enum:"owner,admin,agent"`
	ExistingPerson bool           `json:"existing_person" doc:"The address has a login: its password accepts."`
}

// InvitationAccept joins. Name is needed for a new login.
type InvitationAccept struct {
	Name     string `json:"name,omitempty" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
}

// ByLink names an invitation by the token of its link. It stands where other routes have the invitation's id.
type ByLink struct {
	Token string `path:"id" doc:"The token of the link." maxLength:"200"`
}

type acceptInput struct {
	ByLink
	Body InvitationAccept
}

func (s *Server) registerInvitations() {
	add(s, route{method: http.MethodGet, path: "/v1/invitations", id: "list-invitations", tag: "people", access: member, permission: workspace.WritePeople,
		summary: "Open invitations"}, s.listInvitations)
	add(s, route{method: http.MethodPost, path: "/v1/invitations", id: "invite", tag: "people", access: member, permission: workspace.WritePeople, status: http.StatusCreated, creates: true,
		summary: "Invite somebody", about: "Inviting an address again replaces its older link. Only an owner invites an owner."}, s.invite)
	add(s, route{method: http.MethodDelete, path: "/v1/invitations/{id}", id: "revoke-invitation", tag: "people", access: member, permission: workspace.WritePeople, status: http.StatusNoContent,
		summary: "Take an invitation back"}, s.revokeInvitation)
	add(s, route{method: http.MethodGet, path: "/v1/invitations/{id}", id: "get-invitation", tag: "people", access: public,
		summary: "What an invitation offers"}, s.getInvitation)
	add(s, route{method: http.MethodPost, path: "/v1/invitations/{id}/accept", id: "accept-invitation", tag: "people", access: public,
		summary: "Accept an invitation", about: "Somebody new chooses name and password; somebody known proves theirs. Logs in."}, s.acceptInvitation)
}

func showInvitation(i workspace.Invitation) Invitation {
	return Invitation{ID: i.ID, Email: i.Email, Role: i.Role, Link: i.Link, Mailed: i.Mailed, CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt}
}

func (s *Server) listInvitations(ctx context.Context, c Caller, _ *none) (*of[List[Invitation]], error) {
	all, err := s.cfg.Workspaces.Invitations(ctx, c.Workspace)
	return listOf(all, "", showInvitation), err
}

func (s *Server) invite(ctx context.Context, c Caller, in *bodyOf[InvitationCreate]) (*of[Invitation], error) {
	i, err := s.cfg.Workspaces.Invite(ctx, c.Workspace, c.Member(), in.Body.Email, in.Body.Role)
	return answer(showInvitation(i)), err
}

func (s *Server) revokeInvitation(ctx context.Context, c Caller, in *ByID) (*none, error) {
	return nil, s.cfg.Workspaces.Revoke(ctx, c.Workspace, in.ID)
}

func (s *Server) getInvitation(ctx context.Context, _ Caller, in *ByLink) (*of[InvitationOffer], error) {
	i, err := s.cfg.Workspaces.Invitation(ctx, in.Token)
	return answer(InvitationOffer{WorkspaceName: i.WorkspaceName, Email: i.Email, Role: i.Role, ExistingPerson: i.ExistingPerson}), err
}

func (s *Server) acceptInvitation(ctx context.Context, c Caller, in *acceptInput) (*loggedIn, error) {
	login, err := s.cfg.Workspaces.Accept(ctx, in.Token, in.Body.Name, in.Body.Password, c.Address)
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, c, login)
}
