package workspace

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
)

// Person is somebody with one login for the whole installation.
type Person struct {
	ID    string
	Name  string
	Email string
	// Language is "en" or "id", empty for the browser's; Theme "light", "dark" or "system".
	Language string
	Theme    string
	// Administrator may create workspaces and change the installation. It opens no workspace.
	Administrator bool
	CreatedAt     time.Time
	// LastSeen is right to a few minutes; zero means never.
	LastSeen time.Time
}

// Membership says what a person is in one workspace.
type Membership struct {
	Workspace Workspace
	Role      Role
}

// Member is a person as the workspace sees them.
type Member struct {
	ID       string
	Name     string
	Email    string
	Role     Role
	LastSeen time.Time
}

// PersonPatch changes parts of a person; nil leaves a part as it is.
type PersonPatch struct {
	Name     *string
	Language *string
	Theme    *string
}

// NewPerson is what an operator types to make a login without an invitation.
type NewPerson struct {
	Name          string
	Email         string
	Password      string
	Language      string
	Administrator bool
}

// CreatePerson makes a login. It is an operator's command, not a route: people otherwise come by invitation.
func (s *Service) CreatePerson(ctx context.Context, n NewPerson) (Person, error) {
	p, err := s.newPerson(n)
	if err != nil {
		return Person{}, err
	}
	hash, err := s.passwords.hash(ctx, n.Password)
	if err != nil {
		return Person{}, err
	}
	return p, s.store.CreatePerson(ctx, p, hash)
}

// newPerson checks the input and gives the person an id.
func (s *Service) newPerson(n NewPerson) (Person, error) {
	name, err := parseName(n.Name, "name")
	if err != nil {
		return Person{}, err
	}
	email, err := parseEmail(n.Email)
	if err != nil {
		return Person{}, err
	}
	language, err := parseLanguage(n.Language)
	if err != nil {
		return Person{}, err
	}
	if err := checkPassword(n.Password, email); err != nil {
		return Person{}, err
	}
	return Person{
		ID: id.New(), Name: name, Email: email, Language: language, Theme: "system",
		Administrator: n.Administrator, CreatedAt: s.clock.Now(),
	}, nil
}

// Person returns one person of the installation.
func (s *Service) Person(ctx context.Context, person string) (Person, error) {
	return s.store.Person(ctx, person)
}

// UpdatePerson changes what people may change about themselves.
func (s *Service) UpdatePerson(ctx context.Context, person string, patch PersonPatch) (Person, error) {
	p, err := s.store.UpdatePerson(ctx, person, func(p *Person) error { return patch.apply(p) })
	if err != nil {
		return Person{}, err
	}
	s.sessions.clear()
	return p, nil
}

func (patch PersonPatch) apply(p *Person) (err error) {
	set(&p.Name, patch.Name)
	set(&p.Language, patch.Language)
	set(&p.Theme, patch.Theme)
	if p.Name, err = parseName(p.Name, "name"); err != nil {
		return err
	}
	if p.Language, err = parseLanguage(p.Language); err != nil {
		return err
	}
	p.Theme, err = parseTheme(p.Theme)
	return err
}

// SetAdministrator gives or takes the installation's flag. The last administrator keeps it. An operator's command.
func (s *Service) SetAdministrator(ctx context.Context, email string, on bool) (Person, error) {
	all, err := s.store.People(ctx)
	if err != nil {
		return Person{}, err
	}
	target, others := Person{}, 0
	for _, p := range all {
		switch {
		case p.Email == normal(email):
			target = p
		case p.Administrator:
			others++
		}
	}
	if target.ID == "" {
		return Person{}, fault.Errorf(fault.NotFound, "nobody has the e-mail address %s", email)
	}
	if !on && others == 0 {
		return Person{}, fault.Errorf(fault.Conflict, "an installation keeps at least one administrator").Because("last_administrator")
	}
	target, err = s.store.UpdatePerson(ctx, target.ID, func(p *Person) error { p.Administrator = on; return nil })
	s.sessions.clear()
	return target, err
}

// AllPeople lists everybody of the installation for the operator.
func (s *Service) AllPeople(ctx context.Context) ([]Person, error) { return s.store.People(ctx) }

// All lists the workspaces of the installation for the operator and for the parts that serve all of them.
func (s *Service) All(ctx context.Context) ([]Workspace, error) { return s.store.AllWorkspaces(ctx) }

// PersonByEmail finds somebody for the operator.
func (s *Service) PersonByEmail(ctx context.Context, email string) (Person, error) {
	p, _, err := s.store.PersonByEmail(ctx, normal(email))
	return p, err
}

// AddMember puts an existing person into a workspace: an operator's command.
func (s *Service) AddMember(ctx context.Context, workspace, person string, role Role) error {
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	if err := s.store.AddMember(ctx, workspace, person, role); err != nil {
		return err
	}
	s.sessions.clear()
	return nil
}

// Members lists who works in the workspace.
func (s *Service) Members(ctx context.Context, workspace string) ([]Member, error) {
	return s.store.Members(ctx, workspace)
}

// Member returns one of them.
func (s *Service) Member(ctx context.Context, workspace, person string) (Member, error) {
	return s.store.Member(ctx, workspace, person)
}

// SetRole changes what a member is. actor is the role of who asks: only an owner makes or changes owners.
func (s *Service) SetRole(ctx context.Context, workspace string, actor Role, person string, role Role) (Member, error) {
	if _, err := ParseRole(string(role)); err != nil {
		return Member{}, err
	}
	return s.changeMember(ctx, workspace, actor, person, role)
}

// Remove ends a membership. The person keeps their login.
func (s *Service) Remove(ctx context.Context, workspace string, actor Role, person string) error {
	_, err := s.changeMember(ctx, workspace, actor, person, "")
	return err
}

func (s *Service) changeMember(ctx context.Context, workspace string, actor Role, person string, to Role) (Member, error) {
	m, err := s.store.ChangeMember(ctx, workspace, person, func(m Member, owners int) (Role, error) {
		if (m.Role == Owner || to == Owner) && !actor.May(ManageOwners) {
			return "", fault.Errorf(fault.Forbidden, "only an owner can make, change or remove an owner").Because("owner_required")
		}
		if m.Role == Owner && to != Owner && owners <= 1 {
			return "", fault.Errorf(fault.Conflict, "a workspace keeps at least one owner; make somebody else an owner first").Because("last_owner")
		}
		return to, nil
	})
	if err != nil {
		return Member{}, err
	}
	s.sessions.clear()
	return m, nil
}
