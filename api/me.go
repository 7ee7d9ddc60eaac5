package api

import (
	"context"
	"net/http"

	"github.com/sapa-chat/sapa/workspace"
)

// Me is who is logged in and what they may enter.
type Me struct {
	Person      Person       `json:"person"`
	Memberships []Membership `json:"memberships" nullable:"false"`
	CSRF        string       `json:"csrf" doc:"Send it as Sapa-CSRF with everything that is not a GET."`
	Simulator   bool         `json:"simulator" doc:"This installation talks to a simulated WhatsApp."`
	Version     string       `json:"version"`
	PublicURL   string       `json:"public_url"`
}

// Person is somebody with a login.
type Person struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	Language      string `json:"language" doc:"en, id, or empty for the browser's."`
	Theme         string `json:"theme" doc:"light, dark or system."`
	Administrator bool   `json:"administrator" doc:"May change the installation. Opens no workspace."`
}

// Membership is a workspace that the person may enter.
type Membership struct {
	Workspace WorkspaceName  `json:"workspace"`
	Role      workspace.Role `json:"role" enum:"owner,admin,agent"`
}

// WorkspaceName is a workspace in short.
type WorkspaceName struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	Timezone string `json:"timezone"`
}

// MeChange is what people change about themselves.
type MeChange struct {
	Name     *string `json:"name,omitempty" maxLength:"200"`
	Language *string `json:"language,omitempty" maxLength:"8"`
	Theme    *string `json:"theme,omitempty" maxLength:"16"`
}

// PasswordChange sets a new password.
type PasswordChange struct {
	Current string `json:"current" maxLength:"1024"`
	New     string `json:"new" maxLength:"1024"`
}

func (s *Server) registerMe() {
	add(s, route{method: http.MethodGet, path: "/v1/me", id: "get-me", tag: "me", access: person,
		summary: "Who am I"}, s.getMe)
	add(s, route{method: http.MethodPatch, path: "/v1/me", id: "change-me", tag: "me", access: person,
		summary: "Change my name, language or theme"}, s.changeMe)
	add(s, route{method: http.MethodPost, path: "/v1/me/password", id: "change-password", tag: "me", access: person,
		summary: "Change my password", about: "Logs out everywhere else. Answers with a new session and its token."}, s.changePassword)
}

func (s *Server) getMe(ctx context.Context, c Caller, _ *none) (*of[Me], error) {
	me, err := s.me(ctx, workspace.Login{Token: c.Token, Session: *c.Session})
	return answer(me), err
}

func (s *Server) changeMe(ctx context.Context, c Caller, in *bodyOf[MeChange]) (*of[Me], error) {
	p, err := s.cfg.Workspaces.UpdatePerson(ctx, c.Session.Person.ID, workspace.PersonPatch(in.Body))
	if err != nil {
		return nil, err
	}
	session := *c.Session
	session.Person = p
	me, err := s.me(ctx, workspace.Login{Token: c.Token, Session: session})
	return answer(me), err
}

func (s *Server) changePassword(ctx context.Context, c Caller, in *bodyOf[PasswordChange]) (*loggedIn, error) {
	login, err := s.cfg.Workspaces.ChangePassword(ctx, c.Session.Person.ID, in.Body.Current, in.Body.New, c.Address)
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, c, login)
}

func (s *Server) me(ctx context.Context, l workspace.Login) (Me, error) {
	settings, err := s.cfg.Workspaces.Settings(ctx)
	if err != nil {
		return Me{}, err
	}
	me := Me{
		Person: showPerson(l.Session.Person), Memberships: []Membership{}, CSRF: workspace.CSRF(l.Token),
		Simulator: s.cfg.Simulator != nil, Version: s.cfg.Version, PublicURL: settings.PublicURL,
	}
	for _, m := range l.Session.Memberships {
		w := m.Workspace
		me.Memberships = append(me.Memberships, Membership{WorkspaceName{w.ID, w.Name, w.Country, w.Timezone}, m.Role})
	}
	return me, nil
}

func showPerson(p workspace.Person) Person {
	return Person{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language, Theme: p.Theme, Administrator: p.Administrator}
}
