package storetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/migration"
)

const (
	defaultServer = "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"
	lockTemplate  = 0x5341504103
)

// ErrNoServer is the error of [Fresh] where no PostgreSQL server answers.
var ErrNoServer = errors.New("no PostgreSQL server answers (SAPA_TEST_POSTGRES names another one)")

// server is a PostgreSQL server with a migrated database to copy.
type server struct {
	url      *url.URL
	template string
}

// database makes a fresh database for a test and returns its URL.
func database(t *testing.T) string {
	t.Helper()
	url, drop, err := Fresh(t.Context())
	if errors.Is(err, ErrNoServer) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // a drop waits for a checkpoint
		defer cancel()
		require.NoError(t, drop(ctx))
	})
	return url
}

// Fresh makes a fresh, migrated database on the test server, for programs that are no tests. drop ends who still uses it.
// [ErrNoServer] says that no server answers.
func Fresh(ctx context.Context) (url string, drop func(context.Context) error, err error) {
	s, err := once()
	if err != nil {
		return "", nil, err
	}
	name := "sapa_test_" + strings.ToLower(id.New())
	if err := s.exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, s.template)); err != nil {
		return "", nil, err
	}
	return s.at(name), func(ctx context.Context) error {
		return s.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	}, nil
}

func findServer(ctx context.Context) (*server, error) {
	text := os.Getenv("SAPA_TEST_POSTGRES")
	if text == "" {
		text = defaultServer
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("SAPA_TEST_POSTGRES: %w", err)
	}
	s := &server{url: u, template: "sapa_template_" + fingerprint()}
	db, err := sql.Open("pgx", s.url.String())
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	reach, cancel := context.WithTimeout(ctx, 30*time.Second) // where none listens the answer comes at once
	defer cancel()
	c, err := db.Conn(reach)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	defer func() { _ = c.Close() }()
	return s, s.prepare(ctx, c)
}

// prepare makes the template unless it exists; the lock keeps other test binaries waiting meanwhile.
func (s *server) prepare(ctx context.Context, c *sql.Conn) error {
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lockTemplate); err != nil {
		return err
	}
	defer func() { _, _ = c.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lockTemplate) }()
	var exists bool
	if err := c.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", s.template).Scan(&exists); err != nil || exists {
		return err
	}
	unfinished := "sapa_test_" + strings.ToLower(id.New())
	if _, err := c.ExecContext(ctx, "CREATE DATABASE "+unfinished); err != nil {
		return err
	}
	_, err := store.Migrate(ctx, store.Config{Postgres: s.at(unfinished)})
	if err == nil {
		_, err = c.ExecContext(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+s.template)
	}
	if err != nil {
		_, _ = c.ExecContext(ctx, "DROP DATABASE IF EXISTS "+unfinished+" WITH (FORCE)")
		return err
	}
	return s.removeOld(ctx, c)
}

// removeOld drops the templates of other versions that nobody has made for a day.
func (s *server) removeOld(ctx context.Context, c *sql.Conn) error {
	rows, err := c.QueryContext(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'sapa\_template\_%' AND datname <> $1
		AND (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification < now() - interval '1 day'`, s.template)
	if err != nil {
		return nil // not a superuser: they stay
	}
	defer func() { _ = rows.Close() }()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		old = append(old, name)
	}
	_ = rows.Close()
	for _, name := range old {
		_, _ = c.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name)
	}
	return nil
}

func (s *server) at(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}

func (s *server) exec(ctx context.Context, statement string) error {
	db, err := sql.Open("pgx", s.url.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// fingerprint tells the migrations of this version from others, and the walls that are raised after them.
func fingerprint() string {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, store.WallsVersion)
	files, _ := migration.Files.ReadDir(".")
	for _, f := range files {
		text, _ := migration.Files.ReadFile(f.Name())
		_, _ = fmt.Fprintf(h, "%s %d\n%s", f.Name(), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}
