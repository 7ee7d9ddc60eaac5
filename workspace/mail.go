package workspace

import (
	"context"
	"fmt"
	"time"
)

// Mailer sends mail; package workspace/smtp is one.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// Mail is a plain text message to one person.
type Mail struct {
	To      string
	Subject string
	Text    string
}

const (
	mailQueue   = 100
	mailTimeout = 20 * time.Second
	pruneEvery  = time.Hour
)

// letter is a password reset that somebody asked for.
type letter struct{ email string }

// Run mails what was asked for and removes sessions and links that are over, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	prune := time.NewTicker(pruneEvery)
	defer prune.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case l := <-s.mails:
			s.mailReset(ctx, l.email)
		case <-prune.C:
			if err := s.store.DeleteExpired(ctx, s.clock.Now()); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "old sessions and links were not removed", "error", err)
			}
		}
	}
}

func (s *Service) mailReset(ctx context.Context, email string) {
	p, _, err := s.store.PersonByEmail(ctx, email)
	if missing(err) {
		return
	}
	var link Link
	if err == nil {
		link, err = s.newReset(ctx, p.ID)
	}
	if err == nil {
		err = s.send(ctx, resetMail(p, link))
	}
	if err != nil {
		s.log.ErrorContext(ctx, "a password reset was not mailed", "error", err)
	}
}

func (s *Service) mailInvitation(ctx context.Context, inv Invitation, by Member) bool {
	if s.mailer == nil {
		return false
	}
	p, err := s.store.Person(ctx, by.ID)
	if err == nil {
		err = s.send(ctx, invitationMail(inv, p))
	}
	if err != nil {
		s.log.ErrorContext(ctx, "an invitation was not mailed", "invitation", inv.ID, "error", err)
	}
	return err == nil
}

func (s *Service) send(ctx context.Context, m Mail) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	return s.mailer.Send(ctx, m)
}

func resetMail(p Person, link Link) Mail {
	if p.Language == "id" {
		return Mail{To: p.Email, Subject: "Atur ulang kata sandi Sapa", Text: fmt.Sprintf(
			"Halo %s,\n\nBuka tautan ini untuk membuat kata sandi baru (berlaku 2 jam, sekali pakai):\n%s\n\nJika Anda tidak memintanya, abaikan email ini.\n", p.Name, link.URL)}
	}
	return Mail{To: p.Email, Subject: "Reset your Sapa password", Text: fmt.Sprintf(
		"Hello %s,\n\nOpen this link to choose a new password (valid for 2 hours, once):\n%s\n\nIf you did not ask for it, ignore this mail.\n", p.Name, link.URL)}
}

func invitationMail(inv Invitation, by Person) Mail {
	if by.Language == "id" {
		return Mail{To: inv.Email, Subject: fmt.Sprintf("Undangan ke %s di Sapa", inv.WorkspaceName), Text: fmt.Sprintf(
			"%s mengundang Anda ke %s.\n\nTerima undangan (berlaku 7 hari):\n%s\n", by.Name, inv.WorkspaceName, inv.Link)}
	}
	return Mail{To: inv.Email, Subject: fmt.Sprintf("Invitation to %s on Sapa", inv.WorkspaceName), Text: fmt.Sprintf(
		"%s invites you to %s.\n\nAccept the invitation (valid for 7 days):\n%s\n", by.Name, inv.WorkspaceName, inv.Link)}
}
