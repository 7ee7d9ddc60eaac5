package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store/migration"
)

// The record of what was applied: by goose, and ours of each file's checksum.
const (
	tableVersions = "migration_versions"
	tableSums     = "migration_sums"
)

// migrator brings one database to this program's version.
type migrator struct {
	on       *sql.DB
	provider *goose.Provider
	files    fs.FS // as written: checksums are of these
}

func newMigrator(dialect goose.Dialect, engine string, on *sql.DB, files fs.FS) (*migrator, error) {
	p, err := goose.NewProvider(dialect, on, dialectFS{engine: engine, files: files},
		goose.WithDisableGlobalRegistry(true), goose.WithTableName(tableVersions))
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return &migrator{on: on, provider: p, files: files}, nil
}

// Migrate brings the database of cfg to this program's version without opening it for work, and tells how many steps that took. Errors as Open.
func Migrate(ctx context.Context, cfg Config) (applied int, err error) {
	if cfg.Postgres != "" {
		applied, err = migratePostgres(ctx, cfg)
		return applied, unavailable(err)
	}
	lock, err := lockFolder(cfg.Folder)
	if err != nil {
		return 0, err
	}
	defer func() { _ = lock.release() }()
	file := filepath.Join(cfg.Folder, File)
	on, err := sql.Open("sqlite", liteDSN(file, writerCache, "_txlock=immediate"))
	if err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	defer func() { _ = on.Close() }()
	return migrateSQLite(ctx, on, file, false)
}

func migrateSQLite(ctx context.Context, on *sql.DB, file string, shared bool) (applied int, err error) {
	m, err := newMigrator(goose.DialectSQLite3, "sqlite", on, migration.Files)
	if err != nil {
		return 0, err
	}
	if shared {
		return 0, m.same(ctx)
	}
	return m.up(ctx, func(from int64) error { return backupBefore(ctx, on, file, from) })
}

func migratePostgres(ctx context.Context, cfg Config) (applied int, err error) {
	url := cfg.PostgresOwner
	if url == "" {
		url = cfg.Postgres
	}
	owner, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, fmt.Errorf("store: PostgreSQL URL: %w", withoutSecrets(err))
	}
	user, err := pgx.ParseConfig(cfg.Postgres)
	if err != nil {
		return 0, fmt.Errorf("store: PostgreSQL URL: %w", withoutSecrets(err))
	}
	on := stdlib.OpenDB(*owner)
	defer func() { _ = on.Close() }()
	c, err := on.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lockMigrate); err != nil { // freed with the connection
		return 0, err
	}
	m, err := newMigrator(goose.DialectPostgres, "postgres", on, migration.Files)
	if err != nil {
		return 0, err
	}
	if cfg.Shared {
		return 0, m.same(ctx)
	}
	applied, err = m.up(ctx, func(int64) error { return nil })
	if err != nil {
		return 0, err
	}
	return applied, secure(ctx, c, user.User, applied > 0)
}

// secure raises the walls where one is missing. Grants are given with new tables, and to a new user.
func secure(ctx context.Context, on *sql.Conn, user string, changed bool) error {
	if err := makeRoles(ctx, on, user); err != nil {
		return err
	}
	if err := raiseWalls(ctx, on); err != nil {
		return err
	}
	var granted bool
	if err := on.QueryRowContext(ctx, "SELECT has_table_privilege($1, 'events', 'INSERT')", roleApp).Scan(&granted); err != nil {
		return err
	}
	if granted && !changed {
		return nil
	}
	return grant(ctx, on)
}

// up checks the history, applies what is missing and tells how many that were. before runs once when something is missing in a database that has a history.
func (m *migrator) up(ctx context.Context, before func(from int64) error) (applied int, err error) {
	known, err := m.check(ctx)
	if err != nil {
		return 0, err
	}
	current, target, err := m.provider.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: migrations: %w", err)
	}
	if current == target && len(known) == len(m.provider.ListSources()) {
		return 0, nil
	}
	if current > 0 && current < target {
		if err := before(current); err != nil {
			return 0, fmt.Errorf("store: backup before the migration: %w", err)
		}
	}
	results, err := m.provider.Up(ctx)
	if recorded := m.record(ctx, known); err == nil {
		err = recorded
	}
	if err != nil {
		return 0, fmt.Errorf("store: migration: %w", err)
	}
	return len(results), nil
}

// same refuses a database of another version than this program's.
func (m *migrator) same(ctx context.Context) error {
	if _, err := m.check(ctx); err != nil {
		return err
	}
	current, target, err := m.provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if current != target {
		return fault.Errorf(fault.Conflict, "the database is at version %d and this program at %d; start the program once to migrate it", current, target).Because("database_older")
	}
	return nil
}

// check refuses a database with a history that this program does not have, and returns the versions whose checksum is known.
func (m *migrator) check(ctx context.Context) (known map[int64]bool, err error) {
	_, err = m.on.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+tableSums+` (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, sum TEXT NOT NULL)`)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	rows, err := m.on.QueryContext(ctx, `SELECT version, name, sum FROM `+tableSums)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	defer func() { _ = rows.Close() }()
	known = make(map[int64]bool)
	for rows.Next() {
		var version int64
		var name, sum string
		if err := rows.Scan(&version, &name, &sum); err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		if err := m.compare(version, name, sum); err != nil {
			return nil, err
		}
		known[version] = true
	}
	return known, rows.Err()
}

func (m *migrator) compare(version int64, name, sum string) error {
	sources := m.provider.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fault.Errorf(fault.Conflict, "the database is at version %d and this program knows %d; start the newer program, or restore the backup from before the upgrade", version, newest).Because("database_newer")
	}
	have, err := m.sum(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && have != sum {
		return fault.Errorf(fault.Conflict, "the migration %s is not the one that made this database; this program was built from changed files", name).Because("migration_edited")
	}
	return err
}

// record keeps the checksums of what is applied and not in known, also after a failure half-way.
func (m *migrator) record(ctx context.Context, known map[int64]bool) error {
	current, err := m.provider.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	for _, s := range m.provider.ListSources() {
		if known[s.Version] || s.Version > current {
			continue
		}
		sum, err := m.sum(s.Path)
		if err != nil {
			return err
		}
		_, err = m.on.ExecContext(ctx, `INSERT INTO `+tableSums+` (version, name, sum) VALUES ($1, $2, $3)`, s.Version, s.Path, sum)
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *migrator) sum(name string) (string, error) {
	text, err := fs.ReadFile(m.files, name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
