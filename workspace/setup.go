package workspace

import (
	"context"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Setup is what the first page of a fresh installation sends.
type Setup struct {
	// Token comes from the link that the terminal printed.
	Token     string
	Name      string
	Email     string
	Password  string
	Language  string
	Workspace Draft
	// PublicURL is the address under which people reach the installation; may be empty.
	PublicURL string
}

// SetupNeeded reports whether the installation still waits for its first administrator.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	done, err := s.store.AdministratorExists(ctx)
	return !done, err
}

// SetupToken makes the one-time token of the setup link; "" when setup is done. Each start prints its own;
// all of them die when one is used.
func (s *Service) SetupToken(ctx context.Context) (string, error) {
	needed, err := s.SetupNeeded(ctx)
	if err != nil || !needed {
		return "", err
	}
	token, hash := newToken()
	return token, s.store.AddSetupLink(ctx, hash, s.clock.Now())
}

// Setup makes the first administrator and their workspace, and logs them in.
func (s *Service) Setup(ctx context.Context, in Setup) (Login, error) {
	needed, err := s.SetupNeeded(ctx)
	if err != nil {
		return Login{}, err
	}
	if !needed {
		return Login{}, setupDone()
	}
	p, err := s.newPerson(NewPerson{Name: in.Name, Email: in.Email, Password: in.Password, Language: in.Language, Administrator: true})
	if err != nil {
		return Login{}, err
	}
	w, err := s.draft(in.Workspace)
	if err != nil {
		return Login{}, onField(err, "workspace."+fieldOf(err))
	}
	url, err := parsePublicURL(in.PublicURL)
	if err != nil {
		return Login{}, err
	}
	hash, err := s.passwords.hash(ctx, in.Password)
	if err != nil {
		return Login{}, err
	}
	err = s.store.FinishSetup(ctx, hashToken(in.Token), p, hash, w, url)
	if missing(err) {
		return Login{}, s.setupRefused(ctx)
	}
	if err != nil {
		return Login{}, err
	}
	return s.start(ctx, p.ID)
}

// setupRefused tells a wrong link from one that somebody used a moment ago.
func (s *Service) setupRefused(ctx context.Context) error {
	if needed, err := s.SetupNeeded(ctx); err == nil && !needed {
		return setupDone()
	}
	return fault.Errorf(fault.Forbidden, "this setup link is not valid; open the newest link that the terminal printed").Because("setup_link_wrong")
}

func setupDone() error {
	return fault.Errorf(fault.Gone, "setup is finished and its link was used; log in instead").Because("setup_done")
}
