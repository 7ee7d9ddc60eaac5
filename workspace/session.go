package workspace

import (
	"context"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
)

const (
	// SessionLife is how long a login lasts without use; every use moves the end.
	SessionLife = 14 * 24 * time.Hour
	// touchEvery bounds how often use is written down.
	touchEvery = 5 * time.Minute
)

// Session is a login, with the person and what they may enter.
type Session struct {
	// Hash names the session in the store.
	Hash        string
	Person      Person
	Memberships []Membership
	Seen        time.Time
	Expires     time.Time
}

// SessionRow is what a new session stores.
type SessionRow struct {
	Hash    string
	Person  string
	Created time.Time
	Expires time.Time
}

// Login is a fresh session with the token that only its browser keeps.
type Login struct {
	Token   string
	Session Session
}

// Role is what the session's person is in a workspace; ok is false when they are not in it.
func (s Session) Role(workspace string) (Role, bool) {
	for _, m := range s.Memberships {
		if m.Workspace.ID == workspace {
			return m.Role, true
		}
	}
	return "", false
}

// wrongLogin is the one answer to every wrong login, whatever was wrong.
func wrongLogin() error {
	return fault.Errorf(fault.Unauthorized, "the e-mail address or the password is wrong").Because("login_wrong")
}

// Login checks a password and starts a session. address is the network address of who asks: wrong passwords
// are counted per account and per address, and too many are a fault of code Limited with the time to wait.
func (s *Service) Login(ctx context.Context, email, password, address string) (Login, error) {
	p, err := s.checkLogin(ctx, email, password, address)
	if err != nil {
		return Login{}, err
	}
	return s.start(ctx, p.ID)
}

// checkLogin proves that somebody knows the password of an account.
func (s *Service) checkLogin(ctx context.Context, email, password, address string) (Person, error) {
	email = normal(email)
	account, from := "account:"+hashToken(email), "address:"+address
	if err := s.wrong.admit(account, wrongPerAccount); err != nil {
		return Person{}, err
	}
	if err := s.wrong.admit(from, wrongPerAddress); err != nil {
		return Person{}, err
	}
	p, hash, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !missing(err) {
		return Person{}, err
	}
	ok, err := s.passwords.matches(ctx, password, hash)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, wrongLogin()
	}
	s.wrong.forget(account)
	s.wrong.forgive(from)
	return p, nil
}

// start makes a session with a token that nobody has seen before.
func (s *Service) start(ctx context.Context, person string) (Login, error) {
	token, row := s.newSession(person)
	if err := s.store.CreateSession(ctx, row); err != nil {
		return Login{}, err
	}
	session, err := s.store.Session(ctx, row.Hash)
	return Login{Token: token, Session: session}, err
}

func (s *Service) newSession(person string) (token string, row SessionRow) {
	token, hash := newToken()
	now := s.clock.Now()
	return token, SessionRow{Hash: hash, Person: person, Created: now, Expires: now.Add(SessionLife)}
}

// Authenticate finds the session of a token: no write but every few minutes, and at most one read.
func (s *Service) Authenticate(ctx context.Context, token string) (Session, error) {
	hash := hashToken(token)
	session, err := s.sessions.get(hash, func() (Session, error) { return s.store.Session(ctx, hash) })
	if missing(err) || (err == nil && !session.Expires.After(s.clock.Now())) {
		return Session{}, fault.Errorf(fault.Unauthorized, "you are logged out; log in again").Because("session_over")
	}
	if err != nil {
		return Session{}, err
	}
	if now := s.clock.Now(); now.Sub(session.Seen) > touchEvery {
		s.sessions.drop(hash)
		if err := s.store.TouchSession(ctx, hash, session.Person.ID, now, now.Add(SessionLife)); err != nil {
			s.log.WarnContext(ctx, "a session's use was not written down", "error", err)
		}
	}
	return session, nil
}

// Logout ends one session. Ending one that is over is no error.
func (s *Service) Logout(ctx context.Context, token string) error {
	hash := hashToken(token)
	err := s.store.DeleteSession(ctx, hash)
	s.sessions.drop(hash)
	return err
}

// ChangePassword sets a new password after proof of the current one, ends all sessions of the person and starts a new one.
func (s *Service) ChangePassword(ctx context.Context, person, current, next, address string) (Login, error) {
	p, err := s.store.Person(ctx, person)
	if err != nil {
		return Login{}, err
	}
	if err := checkPassword(next, p.Email); err != nil {
		return Login{}, onField(err, "new")
	}
	if _, err := s.checkLogin(ctx, p.Email, current, address); err != nil {
		if fault.ReasonOf(err) == "login_wrong" {
			return Login{}, fault.Errorf(fault.Invalid, "the current password is wrong").Because("password_wrong").On("current")
		}
		return Login{}, err
	}
	hash, err := s.passwords.hash(ctx, next)
	if err != nil {
		return Login{}, err
	}
	token, row := s.newSession(person)
	if err := s.store.SetPassword(ctx, person, hash, row); err != nil {
		return Login{}, err
	}
	s.sessions.clear()
	session, err := s.store.Session(ctx, row.Hash)
	return Login{Token: token, Session: session}, err
}

func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
