package realtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/workspace"
)

// App is a workspace's credentials for the Pusher protocol. Its id is the workspace's.
type App struct {
	Workspace string
	// Key names the app to clients and is public. It never changes.
	Key string
	// Secret signs subscriptions and HTTP calls; sealed at rest.
	Secret string
	// Master is what the keys of encrypted channels are derived from; sealed at rest.
	Master    [32]byte
	RotatedAt time.Time
}

// Store keeps apps and answers what a channel's name refers to.
type Store interface {
	// App returns the workspace's app, or a fault NotFound when it has none or does not exist.
	App(ctx context.Context, workspace string) (App, error)
	// CreateApp stores a unless the workspace already has one, and returns the one it has.
	CreateApp(ctx context.Context, a App) (App, error)
	// RotateApp replaces secret, master and time.
	RotateApp(ctx context.Context, a App) error
	ConversationExists(ctx context.Context, workspace, conversation string) (bool, error)
	NumberExists(ctx context.Context, workspace, number string) (bool, error)
}

// Workspaces tells a workspace's settings, from memory.
type Workspaces interface {
	Get(ctx context.Context, workspace string) (workspace.Workspace, error)
}

// Apps looks up the apps of workspaces for a Pusher server. It implements
// pusher.Apps and remembers what it read for a while, so that a change made by
// another node arrives within 30 s.
type Apps struct {
	store      Store
	workspaces Workspaces
	clock      clock.Clock
	origin     func(context.Context) string

	mu    sync.Mutex
	known map[string]remembered
}

type remembered struct {
	app   App
	until time.Time
}

const remember = 30 * time.Second

// NewApps makes the lookup. origin returns the origin of the installation's own
// pages ("https://sapa.example.com"), which may always connect; nil or "" for none
// (the host that the socket is opened on always passes).
func NewApps(store Store, workspaces Workspaces, c clock.Clock, origin func(context.Context) string) *Apps {
	if c == nil {
		c = clock.System{}
	}
	if origin == nil {
		origin = func(context.Context) string { return "" }
	}
	return &Apps{store: store, workspaces: workspaces, clock: c, origin: origin, known: make(map[string]remembered)}
}

// Of returns the workspace's app, making it on first use.
func (a *Apps) Of(ctx context.Context, workspace string) (App, error) {
	if app, ok := a.remembered(workspace); ok {
		return app, nil
	}
	app, err := a.store.App(ctx, workspace)
	if fault.CodeOf(err) == fault.NotFound {
		if _, err := a.workspaces.Get(ctx, workspace); err != nil {
			return App{}, err
		}
		app, err = a.store.CreateApp(ctx, a.newApp(workspace))
	}
	if err != nil {
		return App{}, err
	}
	a.put(app)
	return app, nil
}

// rotate gives the workspace a new secret and master key; the key stays.
func (a *Apps) rotate(ctx context.Context, workspace string) (App, error) {
	old, err := a.Of(ctx, workspace)
	if err != nil {
		return App{}, err
	}
	app := a.newApp(workspace)
	app.Key = old.Key
	if err := a.store.RotateApp(ctx, app); err != nil {
		return App{}, err
	}
	a.put(app)
	return app, nil
}

// newApp makes credentials. The key begins with the workspace's id, so that it is found without a search over all workspaces.
func (a *Apps) newApp(workspace string) App {
	app := App{
		Workspace: workspace,
		Key:       strings.ToLower(workspace) + randomHex(4),
		Secret:    randomHex(20),
		RotatedAt: a.clock.Now().Truncate(time.Millisecond), // as it is stored
	}
	_, _ = rand.Read(app.Master[:]) // never fails
	return app
}

// ByID implements pusher.Apps.
func (a *Apps) ByID(ctx context.Context, workspace string) (*pusher.App, error) {
	if !id.Valid(workspace) {
		return nil, pusher.ErrNoApp
	}
	app, err := a.Of(ctx, workspace)
	if err != nil {
		return nil, noApp(err)
	}
	w, err := a.workspaces.Get(ctx, workspace)
	if err != nil {
		return nil, noApp(err)
	}
	origins := w.Origins
	if own := a.origin(ctx); own != "" {
		origins = append([]string{own}, origins...)
	}
	return &pusher.App{ID: workspace, Key: app.Key, Secret: app.Secret, Origins: origins, SubscriptionCount: true}, nil
}

// ByKey implements pusher.Apps.
func (a *Apps) ByKey(ctx context.Context, key string) (*pusher.App, error) {
	if len(key) != ulidLength+8 {
		return nil, pusher.ErrNoApp
	}
	app, err := a.ByID(ctx, strings.ToUpper(key[:ulidLength]))
	if err != nil {
		return nil, err
	}
	if app.Key != key {
		return nil, pusher.ErrNoApp
	}
	return app, nil
}

const ulidLength = 26

func noApp(err error) error {
	if fault.CodeOf(err) == fault.NotFound {
		return errors.Join(pusher.ErrNoApp, err)
	}
	return err
}

func (a *Apps) remembered(workspace string) (App, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.known[workspace]
	return r.app, ok && a.clock.Now().Before(r.until)
}

// put remembers app, unless a rotation has overtaken the read that it comes from.
func (a *Apps) put(app App) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[app.Workspace].app.RotatedAt.After(app.RotatedAt) {
		return
	}
	a.known[app.Workspace] = remembered{app, a.clock.Now().Add(remember)}
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
