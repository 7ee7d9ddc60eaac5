package workspace

import (
	"context"
	"time"
)

// Store keeps everything of this room. Each method is one transaction. A missing row is a fault of code NotFound.
// Methods without a workspace see the whole installation.
type Store interface {
	WorkspaceStore
	PersonStore
	SessionStore
	LinkStore
	KeyStore
	SettingStore
	AttemptStore
}

// WorkspaceStore keeps workspaces and memberships.
type WorkspaceStore interface {
	// CreateWorkspace writes the workspace, its plan and the membership of its first owner.
	CreateWorkspace(ctx context.Context, w Workspace, owner string) error
	Workspace(ctx context.Context, workspace string) (Workspace, error)
	// UpdateWorkspace lets change alter the row that it read in the same transaction.
	UpdateWorkspace(ctx context.Context, workspace string, change func(*Workspace) error) (Workspace, error)
	AllWorkspaces(ctx context.Context) ([]Workspace, error)
	OriginListed(ctx context.Context, origin string) (bool, error)

	// Members are ordered by name.
	Members(ctx context.Context, workspace string) ([]Member, error)
	Member(ctx context.Context, workspace, person string) (Member, error)
	// ChangeMember hands over the member and the number of owners; an empty role from change removes the membership.
	ChangeMember(ctx context.Context, workspace, person string, change func(m Member, owners int) (Role, error)) (Member, error)
	AddMember(ctx context.Context, workspace, person string, role Role) error
}

// PersonStore keeps the people of the installation.
type PersonStore interface {
	// CreatePerson is a fault of code Conflict and reason email_taken when the address has an account.
	CreatePerson(ctx context.Context, p Person, passwordHash string) error
	Person(ctx context.Context, person string) (Person, error)
	// PersonByEmail also returns the password's hash.
	PersonByEmail(ctx context.Context, email string) (Person, string, error)
	UpdatePerson(ctx context.Context, person string, change func(*Person) error) (Person, error)
	People(ctx context.Context) ([]Person, error)
	Memberships(ctx context.Context, person string) ([]Membership, error)
}

// SessionStore keeps logins. Tokens are hashes here.
type SessionStore interface {
	CreateSession(ctx context.Context, s SessionRow) error
	// Session reads a living session with its person and memberships in one trip.
	Session(ctx context.Context, hash string) (Session, error)
	// TouchSession moves the expiry and the person's last_seen.
	TouchSession(ctx context.Context, hash, person string, seen, expires time.Time) error
	DeleteSession(ctx context.Context, hash string) error
	// SetPassword stores a new hash, ends every session of the person and every reset link, and starts the session next when it has a hash.
	SetPassword(ctx context.Context, person, passwordHash string, next SessionRow) error
	// DeleteExpired removes what is over: sessions, links.
	DeleteExpired(ctx context.Context, now time.Time) error
}

// LinkStore keeps the links that let somebody in: setup, invitations and password resets.
type LinkStore interface {
	AddSetupLink(ctx context.Context, hash string, created time.Time) error
	SetupLinkExists(ctx context.Context, hash string) (bool, error)
	// FinishSetup takes the link, writes the first administrator and their workspace, and burns all setup links, in one transaction.
	// A link that is not there is a fault of code NotFound.
	FinishSetup(ctx context.Context, hash string, p Person, passwordHash string, w Workspace, publicURL string) error
	AdministratorExists(ctx context.Context) (bool, error)

	CreateInvitation(ctx context.Context, inv Invitation, hash string) error
	Invitations(ctx context.Context, workspace string, now time.Time) ([]Invitation, error)
	DeleteInvitation(ctx context.Context, workspace, invitation string) error
	InvitationByToken(ctx context.Context, hash string) (Invitation, error)
	// AcceptInvitation takes the invitation and adds the membership; the person is written first when passwordHash is not empty.
	AcceptInvitation(ctx context.Context, hash string, p Person, passwordHash string) error

	CreateReset(ctx context.Context, hash, person string, created, expires time.Time) error
	// ResetPerson returns who the link is for; an expired link is not found.
	ResetPerson(ctx context.Context, hash string, now time.Time) (Person, error)
	// TakeReset is SetPassword for whoever the link is for, and burns the link.
	TakeReset(ctx context.Context, hash, passwordHash string, now time.Time) (Person, error)
}

// KeyStore keeps API keys.
type KeyStore interface {
	CreateKey(ctx context.Context, k Key, hash string) error
	Keys(ctx context.Context, workspace string) ([]Key, error)
	KeyByHash(ctx context.Context, hash string) (Key, error)
	TouchKey(ctx context.Context, workspace, key string, used time.Time) error
	DeleteKey(ctx context.Context, workspace, key string) error
}

// SettingStore keeps the few settings of the installation.
type SettingStore interface {
	// Setting is "" when never set.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}
