// Package storetest gives tests a real database: SQLite in a temporary folder, and
// PostgreSQL where a server answers. It is for tests only.
//
// The server is the one at SAPA_TEST_POSTGRES, a URL whose user may create databases
// and roles, or postgres://postgres@127.0.0.1:5432/postgres. Without a server the
// PostgreSQL half is skipped with the reason, except when CI=true: then it fails.
// SAPA_TEST_ENGINE=sqlite or postgres runs one half alone.
package storetest

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/seal"
	"github.com/sapa-chat/sapa/store"
)

// Option changes the Config a test database is opened with.
type Option func(*store.Config)

// Each runs body over every engine at hand, each on a fresh, migrated database, as parallel subtests "sqlite" and "postgres".
func Each(t *testing.T, body func(t *testing.T, db *store.DB), options ...Option) {
	t.Helper()
	EachConfig(t, func(t *testing.T, cfg store.Config) { body(t, Open(t, cfg)) }, options...)
}

// EachConfig is Each for tests that open, and reopen, the database themselves.
func EachConfig(t *testing.T, body func(t *testing.T, cfg store.Config), options ...Option) {
	t.Helper()
	only := os.Getenv("SAPA_TEST_ENGINE")
	if only != "postgres" {
		t.Run("sqlite", func(t *testing.T) {
			t.Parallel()
			body(t, SQLite(t, options...))
		})
	}
	if only != "sqlite" {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			body(t, Postgres(t, options...))
		})
	}
}

// New opens a fresh SQLite database that is closed and removed after the test.
func New(t *testing.T, options ...Option) *store.DB {
	t.Helper()
	return Open(t, SQLite(t, options...))
}

// Open opens the database of cfg and closes it after the test.
func Open(t *testing.T, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// SQLite makes the Config of a fresh database in a temporary folder.
func SQLite(t *testing.T, options ...Option) store.Config {
	t.Helper()
	return config(store.Config{Folder: t.TempDir()}, options)
}

// Postgres makes the Config of a fresh database on the test server, which is dropped after the test.
func Postgres(t *testing.T, options ...Option) store.Config {
	t.Helper()
	return config(store.Config{Folder: t.TempDir(), Postgres: database(t), MaxConns: 4}, options)
}

func config(cfg store.Config, options []Option) store.Config {
	cfg.Master, cfg.Log = seal.NewKey(), slog.New(slog.DiscardHandler)
	for _, o := range options {
		o(&cfg)
	}
	return cfg
}

// once remembers what a test binary needs to find out one time: whether a server answers, and its template.
var once = sync.OnceValues(func() (*server, error) { return findServer(context.Background()) })
