package app

import (
	"context"
	"log/slog"
	"net"
	"strings"

	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/workspace"
)

// Tools are what the command line's tools work with: the database of an installation that may be running.
type Tools struct {
	Workspaces *workspace.Service

	db   *store.DB
	base string
}

// OpenTools opens the database beside a server that may be running. Close it.
func OpenTools(ctx context.Context, c Config, log *slog.Logger) (*Tools, error) {
	db, err := openStore(ctx, &c, log, true, nil)
	if err != nil {
		return nil, err
	}
	return &Tools{
		Workspaces: workspace.New(workspace.Config{
			Store: store.Workspaces{DB: db}, PublicURL: c.HTTP.PublicURL, MaxNumbers: c.Number.MaxPerWorkspace, Log: log,
		}),
		db:   db,
		base: c.localURL(),
	}, nil
}

// Absolute completes a link that has no address because no public one is known: it then works on this machine.
func (t *Tools) Absolute(link string) string { return absolute(t.base, link) }

// Close closes the database.
func (t *Tools) Close() {
	_ = t.db.Close()
}

func absolute(base, link string) string {
	if strings.HasPrefix(link, "/") {
		return base + link
	}
	return link
}

// localURL is where the program answers on this machine.
func (c *Config) localURL() string {
	host, port, err := net.SplitHostPort(c.HTTP.Listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || host == "127.0.0.1" || (ip != nil && ip.IsUnspecified())) {
		host = "localhost"
	}
	scheme := "http://"
	if c.HTTP.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}
