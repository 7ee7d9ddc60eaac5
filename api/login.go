package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/sapa-chat/sapa/workspace"
)

// Credentials are what a person types to log in.
type Credentials struct {
	Email    string `json:"email" maxLength:"320"`
	Password string `json:"password" maxLength:"1024"`
}

// loggedIn is an answer that sets the session's cookie.
type loggedIn struct {
	SetCookie string `header:"Set-Cookie"`
	Body      Me
}

// loggedOut is an answer that removes it.
type loggedOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) registerLogin() {
	add(s, route{method: http.MethodPost, path: "/v1/login", id: "login", tag: "me", access: public,
		summary: "Log in", about: "Starts a session with a new cookie. Too many wrong passwords lock the account and the address for a while: 429 with `retry_after`."}, s.login)
	add(s, route{method: http.MethodPost, path: "/v1/logout", id: "logout", tag: "me", access: person, status: http.StatusNoContent,
		summary: "Log out"}, s.logout)
}

func (s *Server) login(ctx context.Context, c Caller, in *bodyOf[Credentials]) (*loggedIn, error) {
	login, err := s.cfg.Workspaces.Login(ctx, in.Body.Email, in.Body.Password, c.Address)
	if err != nil {
		return nil, err
	}
	if c.Token != "" { // the cookie is about to be overwritten: its session would linger
		if err := s.cfg.Workspaces.Logout(ctx, c.Token); err != nil {
			return nil, err
		}
	}
	return s.loggedIn(ctx, c, login)
}

func (s *Server) logout(ctx context.Context, c Caller, _ *none) (*loggedOut, error) {
	if err := s.cfg.Workspaces.Logout(ctx, c.Token); err != nil {
		return nil, err
	}
	gone := s.cookie(ctx, c, "")
	gone.MaxAge = -1
	return &loggedOut{SetCookie: gone.String()}, nil
}

func (s *Server) loggedIn(ctx context.Context, c Caller, l workspace.Login) (*loggedIn, error) {
	me, err := s.me(ctx, l)
	if err != nil {
		return nil, err
	}
	return &loggedIn{SetCookie: s.cookie(ctx, c, l.Token).String(), Body: me}, nil
}

// cookie is Secure when the request came by TLS or people are meant to come by TLS. Lax keeps it off every
// request that another site's page starts, but for a plain link.
func (s *Server) cookie(ctx context.Context, c Caller, token string) *http.Cookie {
	settings, _ := s.cfg.Workspaces.Settings(ctx) // without it the request itself decides
	return &http.Cookie{
		Name: cookieName, Value: token, Path: "/", MaxAge: int(workspace.SessionLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: c.Secure || strings.HasPrefix(settings.PublicURL, "https://"),
	}
}
