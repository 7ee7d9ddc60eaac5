package workspace

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
)

const (
	resetLife = 2 * time.Hour
	// resetsPerHour bounds the mails that strangers can make us send, per address asked for and per network address.
	resetsPerAccount = 5
	resetsPerAddress = 30
)

// Link lets somebody in once.
type Link struct {
	URL       string
	ExpiresAt time.Time
}

// RequestReset mails a reset link to the address if it has an account. It always answers the same and at the same
// speed: whether there is an account is found out later, by Run. Too many requests are a fault of code Limited.
func (s *Service) RequestReset(ctx context.Context, email, address string) error {
	email, err := parseEmail(email)
	if err != nil {
		return err
	}
	for key, max := range map[string]int{"account:" + hashToken(email): resetsPerAccount, "address:" + address: resetsPerAddress} {
		if err := s.resets.admit(key, max); err != nil {
			return fault.Errorf(fault.Limited, "too many reset links were asked for; try again in an hour").Because("reset_limited").After(time.Hour)
		}
	}
	if s.mailer == nil {
		s.log.InfoContext(ctx, "a password reset was asked for, but no mail is configured: `sapa user reset` prints a link")
		return nil
	}
	select {
	case s.mails <- letter{email: email}:
	default:
		s.log.WarnContext(ctx, "the mail queue is full: a password reset was dropped")
	}
	return nil
}

// ResetLink makes a reset link for a member, to hand over in person. A login is global, so a workspace may do this
// only for people whose login opens nothing else: anything more would open other workspaces through this one.
func (s *Service) ResetLink(ctx context.Context, workspace string, actor Role, person string) (Link, error) {
	m, err := s.store.Member(ctx, workspace, person)
	if err != nil {
		return Link{}, err
	}
	p, err := s.store.Person(ctx, person)
	if err != nil {
		return Link{}, err
	}
	all, err := s.store.Memberships(ctx, person)
	if err != nil {
		return Link{}, err
	}
	if p.Administrator || len(all) > 1 || !actor.AtLeast(m.Role) {
		return Link{}, fault.Errorf(fault.Forbidden,
			"only this person can reset their password, with \"Forgot password\", or the operator of the installation with `sapa user reset`").
			Because("reset_not_yours")
	}
	return s.newReset(ctx, person)
}

// ResetLinkFor is the operator's: it makes a link for anybody.
func (s *Service) ResetLinkFor(ctx context.Context, email string) (Link, error) {
	p, _, err := s.store.PersonByEmail(ctx, normal(email))
	if err != nil {
		return Link{}, err
	}
	return s.newReset(ctx, p.ID)
}

func (s *Service) newReset(ctx context.Context, person string) (Link, error) {
	token, hash := newToken()
	now := s.clock.Now()
	if err := s.store.CreateReset(ctx, hash, person, now, now.Add(resetLife)); err != nil {
		return Link{}, err
	}
	return Link{URL: s.link(ctx, "/password-reset/"+token), ExpiresAt: now.Add(resetLife)}, nil
}

// ResetEmail tells whose password a link resets.
func (s *Service) ResetEmail(ctx context.Context, token string) (string, error) {
	p, err := s.store.ResetPerson(ctx, hashToken(token), s.clock.Now())
	if missing(err) {
		return "", resetOver()
	}
	return p.Email, err
}

// Reset sets a new password, burns the link and ends every session of the person. They log in with the new password.
func (s *Service) Reset(ctx context.Context, token, password string) error {
	email, err := s.ResetEmail(ctx, token)
	if err != nil {
		return err
	}
	if err := checkPassword(password, email); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.store.TakeReset(ctx, hashToken(token), hash, s.clock.Now())
	if missing(err) {
		return resetOver()
	}
	if err != nil {
		return err
	}
	s.sessions.clear()
	s.wrong.forget("account:" + hashToken(email))
	return nil
}

func resetOver() error {
	return fault.Errorf(fault.NotFound, "this link was used or is too old; ask for a new one").Because("reset_over")
}
