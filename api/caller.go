package api

import (
	"context"
	"net/http"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// Caller is who sent a request: a person with a session, a program with an API key, or nobody on a public route.
type Caller struct {
	// Session is nil for a program and for nobody.
	Session *workspace.Session
	// Token is the session's own, from the cookie.
	Token string
	// Key is nil for a person and for nobody.
	Key *workspace.Key
	// Workspace is the one that the request acts in; empty on routes outside of workspaces.
	Workspace string
	// Role is the person's in the workspace; empty for a key.
	Role workspace.Role
	// Address is where the request came from; Secure tells that it came by TLS.
	Address string
	Secure  bool
	// Fingerprint of a request with an idempotency key.
	Fingerprint string
}

// May reports whether the caller has a permission in the workspace.
func (c Caller) May(p workspace.Permission) bool {
	if c.Key != nil {
		return c.Key.May(p)
	}
	return c.Role.May(p)
}

// Author is how the caller signs a message.
func (c Caller) Author() event.Author {
	if c.Key != nil {
		return event.Author{Kind: event.AuthorAPIKey, ID: c.Key.ID, Name: c.Key.Name}
	}
	return event.Author{Kind: event.AuthorPerson, ID: c.Session.Person.ID, Name: c.Session.Person.Name}
}

// Member is the person as the workspace sees them.
func (c Caller) Member() workspace.Member {
	p := c.Session.Person
	return workspace.Member{ID: p.ID, Name: p.Name, Email: p.Email, Role: c.Role}
}

const (
	cookieName      = "sapa_session"
	workspaceHeader = "Sapa-Workspace"
	csrfHeader      = "Sapa-CSRF"
)

// identify finds out who sent the request. An Authorization header wins over the cookie; a cookie from
// another site's page is not looked at.
func (s *Server) identify(r *http.Request) (Caller, error) {
	c := Caller{Address: address(r), Secure: encrypted(r)}
	if token, ok := bearer(r); ok {
		key, err := s.cfg.Workspaces.AuthenticateKey(r.Context(), token)
		c.Key = &key
		return c, err
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil || cookie.Value == "" || !s.ownPage(r) {
		return c, nil
	}
	session, err := s.cfg.Workspaces.Authenticate(r.Context(), cookie.Value)
	c.Session, c.Token = &session, cookie.Value
	return c, err
}

// enter checks that the request may use the route and settles the workspace.
func (s *Server) enter(r *http.Request, rt route) (Caller, error) {
	if rt.access == public {
		return s.enterPublic(r)
	}
	c, err := s.identify(r)
	if err != nil {
		return c, err
	}
	if c.Session == nil && c.Key == nil {
		return c, fault.Errorf(fault.Unauthorized, "log in, or send an API key").Because("login_required")
	}
	if c.Session != nil && changes(r) && !workspace.CheckCSRF(c.Token, csrfToken(r)) {
		return c, fault.Errorf(fault.Forbidden, "this page is out of date: the %s header is missing or wrong; reload it", csrfHeader).Because("csrf")
	}
	switch rt.access {
	case person, administrator:
		return c, asPerson(c, rt)
	default:
		return s.enterWorkspace(r, c, rt.permission)
	}
}

// csrfToken also reads the header that Laravel Echo sends.
func csrfToken(r *http.Request) string {
	if t := r.Header.Get(csrfHeader); t != "" {
		return t
	}
	return r.Header.Get("X-CSRF-TOKEN")
}

func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// enterPublic lets anybody in, but no page of another site may log somebody in or out.
func (s *Server) enterPublic(r *http.Request) (Caller, error) {
	c := Caller{Address: address(r), Secure: encrypted(r)}
	if changes(r) && !s.ownPage(r) {
		return c, fault.Errorf(fault.Forbidden, "only pages of this installation may do this").Because("origin_foreign")
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		c.Token = cookie.Value
	}
	return c, nil
}

func asPerson(c Caller, rt route) error {
	if c.Session == nil {
		return fault.Errorf(fault.Forbidden, "this is for people, not for API keys").Because("person_required")
	}
	if rt.access == administrator && !c.Session.Person.Administrator {
		return fault.Errorf(fault.Forbidden, "only an administrator of the installation may do this").Because("administrator_required")
	}
	return nil
}

// enterWorkspace settles the workspace: the key's own, or the one in the header that the person is a member of.
func (s *Server) enterWorkspace(r *http.Request, c Caller, p workspace.Permission) (Caller, error) {
	asked := r.Header.Get(workspaceHeader)
	if c.Key != nil {
		if asked != "" && asked != c.Key.Workspace {
			return c, noWorkspace(asked)
		}
		c.Workspace = c.Key.Workspace
	} else {
		if asked == "" {
			return c, fault.Errorf(fault.Invalid, "say which workspace with the header %s", workspaceHeader).Because("workspace_missing").On(workspaceHeader)
		}
		role, ok := c.Session.Role(asked)
		if !ok {
			return c, noWorkspace(asked)
		}
		c.Workspace, c.Role = asked, role
	}
	if c.May(p) {
		return c, nil
	}
	if c.Key != nil {
		return c, fault.Errorf(fault.Forbidden, "this API key lacks the scope %s", p).Because("scope_missing")
	}
	return c, fault.Errorf(fault.Forbidden, "your role (%s) may not do this", c.Role).Because("role_insufficient")
}

func noWorkspace(asked string) error {
	return fault.Errorf(fault.NotFound, "no workspace %q", asked).Because("workspace_unknown")
}

type callerKey struct{}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
