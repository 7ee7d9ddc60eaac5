package realtime

import (
	"context"
	"log/slog"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
)

// Service routes events to channels and authorises who listens. It implements
// event.Consumer and event.Live. Make one with New; Run its background part.
type Service struct {
	apps   *Apps
	store  Store
	driver Driver
	clock  clock.Clock
	log    *slog.Logger
	resign chan resign
}

// Driver is the Pusher Channels server that events are published to. An app's id is its workspace's.
type Driver interface {
	// Trigger publishes an event; exceptSocketID names a socket that does not get it, "" for none.
	Trigger(appID, channel, event, data, exceptSocketID string) error
	// Occupied reports whether anybody listens.
	Occupied(appID, channel string) bool
	// CloseApp closes all sockets of an app so that they connect and are authorised again, spread over window.
	CloseApp(ctx context.Context, appID, reason string, window time.Duration)
	// Vouch notes that a socket was authorised on behalf of who.
	Vouch(appID, socketID, who string)
	// Expel closes for good what was vouched for who, and tells it the reason.
	Expel(appID, who, reason string) int
}

// Options are what a Service needs. Apps, Store and Driver are required.
type Options struct {
	Apps   *Apps
	Store  Store
	Driver Driver
	Clock  clock.Clock  // default: the system's
	Log    *slog.Logger // default: discarded
}

// resign is an order to close a workspace's sockets over a time.
type resign struct {
	workspace string
	reason    string
	window    time.Duration
}

// The spreads of closing a workspace's sockets: at once when rights were taken
// away, slowly enough for the auth endpoint when a secret has changed. And what the sockets are told.
const (
	rotateWindow = 5 * time.Second
	rightsWindow = time.Second

	secretChanged = "the app's secret has changed; connect again"
	rightsChanged = "rights in this workspace have changed; connect again"
)

// New makes a Service.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{apps: o.Apps, store: o.Store, driver: o.Driver, clock: o.Clock, log: o.Log, resign: make(chan resign, 64)}
}

// Run closes sockets whose workspace's secret or rights have changed, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-s.resign:
			s.driver.CloseApp(ctx, r.workspace, r.reason, r.window)
		}
	}
}

// Reauthorize closes the workspace's sockets, so that everybody who listens is
// authorised anew: call it when a person got a lower role.
func (s *Service) Reauthorize(ctx context.Context, workspace string) error {
	return s.order(ctx, resign{workspace, rightsChanged, rightsWindow})
}

// Dismiss ends for good what a principal of the workspace listens to, and tells their sockets why; they do not come back
// by themselves. Call it when a person was removed or an API key was revoked. Sockets whose subscriptions were signed
// elsewhere are not known by principal, so that everybody else's are authorised anew as well.
func (s *Service) Dismiss(ctx context.Context, workspace, principal, why string) error {
	n := s.driver.Expel(workspace, principal, why)
	s.log.Debug("realtime: dismissed", "workspace", workspace, "principal", principal, "sockets", n)
	return s.Reauthorize(ctx, workspace)
}

func (s *Service) order(ctx context.Context, r resign) error {
	select {
	case s.resign <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var (
	_ event.Consumer = (*Service)(nil)
	_ event.Live     = (*Service)(nil)
)
