package pusher

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// App is one tenant of a Server: its sockets, channels and users are apart from every other app's.
type App struct {
	// ID names the app in the HTTP API: /apps/{ID}/events.
	ID string
	// Key names the app to clients: /app/{Key}. It is public.
	Key string
	// Secret signs subscriptions, sign-ins and HTTP calls.
	Secret string
	// Disabled refuses new sockets with 4003 and HTTP calls with 403.
	Disabled bool
	// Origins are the pages that may connect, each as scheme://host[:port]; "*" allows all.
	// A request without an Origin header (not a browser) and one from the server's own host always pass.
	Origins []string
	// MaxConnections bounds the app's open sockets; more are closed with 4004. 0 means no bound.
	MaxConnections int
	// NoClientEvents refuses client-… events.
	NoClientEvents bool
	// SubscriptionCount sends pusher_internal:subscription_count on channels that are not presence channels.
	SubscriptionCount bool
}

// ErrNoApp is what Apps returns for an app that does not exist. Any other error
// counts as passing trouble: the client is told to come back.
var ErrNoApp = errors.New("no such app")

// Apps looks up apps. It is asked for every connection, subscription, sign-in and
// HTTP call, so it should answer from memory. The App must not be changed after it was returned.
type Apps interface {
	ByKey(ctx context.Context, key string) (*App, error)
	ByID(ctx context.Context, id string) (*App, error)
}

// originAllowed reports whether the page that r comes from may use the app.
func (a *App) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, allowed := range a.Origins {
		if allowed == "*" || strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	return false
}
