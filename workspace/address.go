package workspace

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/reach"
)

// Probe asks an address whether it leads to this installation.
type Probe interface {
	// Check takes an origin and some seconds at most.
	Check(ctx context.Context, origin string) reach.Reason
}

// checksPerMinute bounds how often addresses are asked for the whole installation: enough to mend a typo, too few to look around.
const checksPerMinute = 10

// AddressCheck is what came of asking an address.
type AddressCheck struct {
	// URL is the address as it would be saved.
	URL string
	// Reason is why it does not lead here; empty when it does. A person may use it all the same: what cannot be reached
	// from here may be reached from elsewhere.
	Reason reach.Reason
}

// CheckPublicURL asks whether an address leads here, for an administrator. Errors: fault.Invalid for what is none, fault.Limited.
func (s *Service) CheckPublicURL(ctx context.Context, url string) (AddressCheck, error) {
	clean, err := parsePublicURL(url)
	if err != nil {
		return AddressCheck{}, err
	}
	if clean == "" {
		return AddressCheck{}, fault.Errorf(fault.Invalid, "there is no address to check").Because("public_url_malformed").On("public_url")
	}
	if s.probe == nil {
		return AddressCheck{}, fault.Errorf(fault.Unavailable, "addresses cannot be checked here").Because("check_unavailable")
	}
	if s.checks.admit("", checksPerMinute) != nil {
		return AddressCheck{}, fault.Errorf(fault.Limited, "addresses were checked too often; try again in a minute").
			Because("checked_too_often").After(time.Minute)
	}
	return AddressCheck{URL: clean, Reason: s.probe.Check(ctx, clean)}, nil
}

// CheckSetupURL is CheckPublicURL for whoever holds the setup link, which it does not use up. Errors: those, and of a wrong
// or used link.
func (s *Service) CheckSetupURL(ctx context.Context, token, url string) (AddressCheck, error) {
	valid, err := s.store.SetupLinkExists(ctx, hashToken(token))
	if err != nil {
		return AddressCheck{}, err
	}
	if !valid {
		return AddressCheck{}, s.setupRefused(ctx)
	}
	return s.CheckPublicURL(ctx, url)
}
