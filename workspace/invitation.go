package workspace

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
)

// invitationLife is how long an invitation can be accepted.
const invitationLife = 7 * 24 * time.Hour

// Invitation is an offer to join a workspace, sent as a link.
type Invitation struct {
	ID            string
	Workspace     string
	WorkspaceName string
	Email         string
	Role          Role
	InvitedBy     string
	CreatedAt     time.Time
	ExpiresAt     time.Time
	// ExistingPerson tells that the address has a login already: its password accepts.
	ExistingPerson bool
	// Link is shown once, to who invited; Mailed tells whether it was also sent.
	Link   string
	Mailed bool
}

// Invite makes an invitation and mails it where mail is configured. Inviting an address again replaces the older link.
func (s *Service) Invite(ctx context.Context, workspace string, by Member, email string, role Role) (Invitation, error) {
	email, err := parseEmail(email)
	if err != nil {
		return Invitation{}, err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return Invitation{}, err
	}
	if role == Owner && !by.Role.May(ManageOwners) {
		return Invitation{}, fault.Errorf(fault.Forbidden, "only an owner can invite an owner").Because("owner_required")
	}
	w, err := s.Get(ctx, workspace)
	if err != nil {
		return Invitation{}, err
	}
	token, hash := newToken()
	now := s.clock.Now()
	inv := Invitation{
		ID: id.New(), Workspace: workspace, WorkspaceName: w.Name, Email: email, Role: role,
		InvitedBy: by.ID, CreatedAt: now, ExpiresAt: now.Add(invitationLife),
	}
	if err := s.store.CreateInvitation(ctx, inv, hash); err != nil {
		return Invitation{}, err
	}
	inv.Link = s.link(ctx, "/invitation/"+token)
	inv.Mailed = s.mailInvitation(ctx, inv, by)
	return inv, nil
}

// Invitations lists those that can still be accepted, without their links.
func (s *Service) Invitations(ctx context.Context, workspace string) ([]Invitation, error) {
	return s.store.Invitations(ctx, workspace, s.clock.Now())
}

// Revoke takes an invitation back.
func (s *Service) Revoke(ctx context.Context, workspace, invitation string) error {
	return s.store.DeleteInvitation(ctx, workspace, invitation)
}

// Invitation shows what a link offers.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	inv, err := s.store.InvitationByToken(ctx, hashToken(token))
	if missing(err) || (err == nil && !inv.ExpiresAt.After(s.clock.Now())) {
		return Invitation{}, fault.Errorf(fault.NotFound, "this invitation was used, taken back or is too old; ask for a new one").Because("invitation_over")
	}
	return inv, err
}

// Accept joins the workspace and logs in. Somebody new chooses name and password; somebody known proves theirs,
// so that a link alone never opens an existing account.
func (s *Service) Accept(ctx context.Context, token, name, password, address string) (Login, error) {
	inv, err := s.Invitation(ctx, token)
	if err != nil {
		return Login{}, err
	}
	p, hash, err := s.joining(ctx, inv, name, password, address)
	if err != nil {
		return Login{}, err
	}
	if err := s.store.AcceptInvitation(ctx, hashToken(token), p, hash); err != nil {
		if missing(err) {
			return Login{}, fault.Errorf(fault.NotFound, "this invitation was used or taken back; ask for a new one").Because("invitation_over")
		}
		return Login{}, err
	}
	s.sessions.clear()
	return s.start(ctx, p.ID)
}

// joining is the person who accepts: a known one without a hash, or a new one with the hash of their password.
func (s *Service) joining(ctx context.Context, inv Invitation, name, password, address string) (Person, string, error) {
	if inv.ExistingPerson {
		p, err := s.checkLogin(ctx, inv.Email, password, address)
		return p, "", err
	}
	p, err := s.newPerson(NewPerson{Name: name, Email: inv.Email, Password: password})
	if err != nil {
		return Person{}, "", err
	}
	hash, err := s.passwords.hash(ctx, password)
	return p, hash, err
}
