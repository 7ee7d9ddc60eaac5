package workspace

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
)

// Workspace is one business, isolated from every other.
type Workspace struct {
	ID   string
	Name string
	// Country is an ISO 3166 alpha-2 code: phone numbers without a prefix are read as this country's.
	Country string
	// Timezone is an IANA name such as "Asia/Jakarta".
	Timezone string
	// Origins are the web origins that may call the API and open realtime connections from a browser.
	Origins []string
	// MaxNumbers is what the plan allows.
	MaxNumbers int
	// BroadcastQR also sends pairing codes on the compatibility channel. Off by default, because a code is a key.
	BroadcastQR bool
	CreatedAt   time.Time
}

// Draft is a workspace to be created.
type Draft struct {
	Name     string
	Country  string
	Timezone string
}

// Patch changes parts of a workspace; nil leaves a part as it is.
type Patch struct {
	Name        *string
	Country     *string
	Timezone    *string
	Origins     *[]string
	BroadcastQR *bool
}

// DefaultMaxNumbers is the plan of a workspace that nobody gave another.
const DefaultMaxNumbers = 100

// DefaultCountry is where a workspace is when nobody said otherwise.
const DefaultCountry = "ID"

// Config is what the service needs. Store is required, all else has a default.
type Config struct {
	Store Store
	// Clock defaults to the system's.
	Clock clock.Clock
	// Mailer sends invitations and resets; nil means that links are only shown.
	Mailer Mailer
	// PublicURL comes from the configuration file and wins over the one saved at setup.
	PublicURL string
	// Probe asks whether a public URL leads here; nil means that nobody can tell.
	Probe Probe
	// MaxNumbers is the plan of new workspaces, DefaultMaxNumbers when 0.
	MaxNumbers int
	// Hashing sets the cost of passwords; the zero value is the recommended one.
	Hashing Hashing
	// Log defaults to nowhere.
	Log *slog.Logger
}

// Service is the room's front door. Its methods are safe for concurrent use.
// Run must be running for mails to leave and for old rows to go.
type Service struct {
	store      Store
	clock      clock.Clock
	log        *slog.Logger
	mailer     Mailer
	probe      Probe
	passwords  *passwords
	wrong      *throttle
	resets     *throttle
	checks     *throttle
	sessions   *cache[Session]
	keys       *cache[Key]
	workspaces *cache[Workspace]
	origins    *cache[bool]
	mails      chan letter
	publicURL  string
	maxNumbers int
}

// New makes the service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxNumbers == 0 {
		c.MaxNumbers = DefaultMaxNumbers
	}
	return &Service{
		store: c.Store, clock: c.Clock, log: c.Log, mailer: c.Mailer, probe: c.Probe,
		passwords:  newPasswords(c.Hashing),
		wrong:      newThrottle(c.Clock, throttleWindow),
		resets:     newThrottle(c.Clock, time.Hour),
		checks:     newThrottle(c.Clock, time.Minute),
		sessions:   newCache[Session](c.Clock),
		keys:       newCache[Key](c.Clock),
		workspaces: newCache[Workspace](c.Clock),
		origins:    newCache[bool](c.Clock),
		mails:      make(chan letter, mailQueue),
		publicURL:  strings.TrimRight(c.PublicURL, "/"), maxNumbers: c.MaxNumbers,
	}
}

// Create makes a workspace and its first owner, who must exist.
func (s *Service) Create(ctx context.Context, d Draft, owner string) (Workspace, error) {
	w, err := s.draft(d)
	if err != nil {
		return Workspace{}, err
	}
	if err := s.store.CreateWorkspace(ctx, w, owner); err != nil {
		return Workspace{}, err
	}
	s.sessions.clear()
	return w, nil
}

// draft checks a draft and gives it an id and the default plan.
func (s *Service) draft(d Draft) (Workspace, error) {
	w := Workspace{
		ID: id.New(), Name: d.Name, Country: d.Country, Timezone: d.Timezone,
		Origins: []string{}, MaxNumbers: s.maxNumbers, CreatedAt: s.clock.Now(),
	}
	if w.Country == "" {
		w.Country = DefaultCountry
	}
	if w.Timezone == "" {
		w.Timezone = "Asia/Jakarta"
	}
	return w, w.check()
}

// Get returns a workspace, from memory when it was read within the last seconds.
func (s *Service) Get(ctx context.Context, workspace string) (Workspace, error) {
	return s.workspaces.get(workspace, func() (Workspace, error) {
		return s.store.Workspace(ctx, workspace)
	})
}

// Update changes parts of a workspace.
func (s *Service) Update(ctx context.Context, workspace string, p Patch) (Workspace, error) {
	w, err := s.store.UpdateWorkspace(ctx, workspace, func(w *Workspace) error {
		p.apply(w)
		return w.check()
	})
	if err != nil {
		return Workspace{}, err
	}
	s.workspaces.drop(workspace)
	s.sessions.clear()
	s.origins.clear()
	return w, nil
}

func (p Patch) apply(w *Workspace) {
	set(&w.Name, p.Name)
	set(&w.Country, p.Country)
	set(&w.Timezone, p.Timezone)
	set(&w.BroadcastQR, p.BroadcastQR)
	if p.Origins != nil {
		w.Origins = append([]string{}, *p.Origins...)
	}
}

func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

// MaxNumbers is how many numbers the workspace's plan allows.
func (s *Service) MaxNumbers(ctx context.Context, workspace string) (int, error) {
	w, err := s.Get(ctx, workspace)
	return w.MaxNumbers, err
}

// Country is the workspace's ISO 3166 alpha-2 code.
func (s *Service) Country(ctx context.Context, workspace string) (string, error) {
	w, err := s.Get(ctx, workspace)
	return w.Country, err
}

// Origins are the web origins that the workspace allows.
func (s *Service) Origins(ctx context.Context, workspace string) ([]string, error) {
	w, err := s.Get(ctx, workspace)
	return w.Origins, err
}

// AnyOrigin reports whether any workspace of the installation allows the origin. It answers preflights,
// which carry no credentials; the answer to the request itself depends on the workspace.
func (s *Service) AnyOrigin(ctx context.Context, origin string) (bool, error) {
	clean, err := parseOrigin(origin)
	if err != nil {
		return false, nil //nolint:nilerr // a malformed origin is simply not allowed
	}
	return s.origins.get(clean, func() (bool, error) { return s.store.OriginListed(ctx, clean) })
}

// missing reports whether err says that something is not there.
func missing(err error) bool { return fault.CodeOf(err) == fault.NotFound }
