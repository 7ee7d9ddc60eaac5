package api

import (
	"context"

	"github.com/sapa-chat/sapa/internal/reach"
	"github.com/sapa-chat/sapa/workspace"
)

// AddressCheck tells whether an address leads to this installation, as seen from its server.
type AddressCheck struct {
	PublicURL string       `json:"public_url" doc:"The address as it would be saved."`
	Reached   bool         `json:"reached"`
	Reason    reach.Reason `json:"reason" enum:",not_public,name_unknown,silent,certificate,redirect,elsewhere" doc:"Why not; empty when it was reached."`
	Detail    string       `json:"detail" doc:"The same for people. A warning: the address may be used all the same."`
}

// AddressToCheck is an address before it is saved.
type AddressToCheck struct {
	PublicURL string `json:"public_url" maxLength:"300"`
}

// SetupAddress is an address before setup is done; the token is not used up.
type SetupAddress struct {
	Token     string `json:"token" doc:"From the link that the terminal printed." maxLength:"200"`
	PublicURL string `json:"public_url" maxLength:"300"`
}

func (s *Server) checkAddress(ctx context.Context, _ Caller, in *bodyOf[AddressToCheck]) (*of[AddressCheck], error) {
	found, err := s.cfg.Workspaces.CheckPublicURL(ctx, in.Body.PublicURL)
	return answer(showCheck(found)), err
}

func (s *Server) checkSetupAddress(ctx context.Context, _ Caller, in *bodyOf[SetupAddress]) (*of[AddressCheck], error) {
	found, err := s.cfg.Workspaces.CheckSetupURL(ctx, in.Body.Token, in.Body.PublicURL)
	return answer(showCheck(found)), err
}

func showCheck(c workspace.AddressCheck) AddressCheck {
	out := AddressCheck{PublicURL: c.URL, Reached: c.Reason == reach.Reached, Reason: c.Reason, Detail: "this address leads here"}
	if !out.Reached {
		out.Detail = "this address could not be reached from here: " + unreached(c.Reason)
	}
	return out
}

func unreached(r reach.Reason) string {
	switch r {
	case reach.NotPublic:
		return "it is not on the public internet, where alone addresses are tried"
	case reach.NameUnknown:
		return "its name is not known"
	case reach.Certificate:
		return "its certificate is not valid"
	case reach.Redirect:
		return "it leads to another address; enter that one"
	case reach.Elsewhere:
		return "something else answers there"
	default:
		return "nothing answers there"
	}
}
