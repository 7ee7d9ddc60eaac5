package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
	"github.com/sapa-chat/sapa/store"
)

// credential is the name under which systemd hands over the master key.
const credential = "sapa-master-key"

// source says where the master key is, as the settings and the service manager tell.
func (c *Config) source() seal.Source {
	s := seal.Source{Value: c.Secret.Key, File: c.Secret.KeyFile}
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && s.File == "" {
		if path := filepath.Join(dir, credential); exists(path) {
			s.Credential = path
		}
	}
	return s
}

// master loads the master key. A file that does not exist is made when the database is new as well, and the operator is told.
func (c *Config) master(log *slog.Logger) (*seal.Key, error) {
	s := c.source()
	s.Create = c.Database.URL != "" || !exists(filepath.Join(c.Data.Dir, "sapa.db"))
	key, from, err := seal.Load(s)
	if err != nil {
		return nil, err
	}
	if from.Created {
		log.Warn("a master key was made; keep a copy of it apart from the data: without it numbers must be paired again", "file", from.Path)
	}
	if from.Exposed {
		log.Warn("the master key can be read by other users of this machine; chmod 600 it", "file", from.Path)
	}
	return key, nil
}

// storeConfig is the store's part of the settings.
func (c *Config) storeConfig(key *seal.Key, log *slog.Logger) store.Config {
	return store.Config{Folder: c.Data.Dir, Postgres: c.Database.URL, Master: key, Log: log.With("part", "store"), Hooks: c.Database.Hooks()}
}

// Hooks make the database slower than it is, for measuring.
func (d DatabaseConfig) Hooks() store.Hooks {
	hooks := store.Hooks{Alone: d.CommitAlone}
	if d.CommitDelay > 0 {
		hooks.BeforeCommit = func() error {
			wait(context.Background(), d.CommitDelay)
			return nil
		}
	}
	return hooks
}

// RotateSecret wraps every data key with a new master key, which takes the place of the one in its file; the old one stays
// beside it as .previous, for backups from before. It may be interrupted and run again. Sapa must not be running.
// It returns the key file and how many keys were wrapped.
func RotateSecret(ctx context.Context, c Config, log *slog.Logger) (path string, wrapped int, err error) {
	s := c.source()
	if s.Value != "" || s.Credential != "" {
		return "", 0, fault.Errorf(fault.Invalid, "the master key comes from the environment or the service manager, which this command cannot change; give it as a file (secret.key_file) for the change")
	}
	if path = s.File; path == "" {
		if path, err = seal.DefaultFile(); err != nil {
			return "", 0, err
		}
	}
	old, _, err := seal.Load(seal.Source{File: path})
	if err != nil {
		return path, 0, err
	}
	next, err := seal.Next(path)
	if err != nil {
		return path, 0, err
	}
	wrapped, err = store.RotateMaster(ctx, c.storeConfig(old, log), next)
	if err != nil {
		return path, wrapped, err
	}
	return path, wrapped, seal.Promote(path)
}

// ForgetSecret makes a database whose master key is lost usable under the key that the settings name now, making one if
// there is none. Numbers must be paired again and secrets entered again; conversations and people stay.
func ForgetSecret(ctx context.Context, c Config, log *slog.Logger) error {
	s := c.source()
	s.Create = true
	key, from, err := seal.Load(s)
	if err != nil {
		return err
	}
	if from.Created {
		log.Warn("a master key was made; keep a copy of it apart from the data", "file", from.Path)
	}
	return store.ForgetMaster(ctx, c.storeConfig(key, log))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// openStore opens the database with its master key. disturb, when not nil, runs before each statement.
func openStore(ctx context.Context, c *Config, log *slog.Logger, shared bool, disturb func(n int64, query string) error) (*store.DB, error) {
	if c.Database.URL == "" && !shared {
		if err := os.MkdirAll(c.Data.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
	}
	key, err := c.master(log)
	if err != nil {
		return nil, err
	}
	cfg := c.storeConfig(key, log)
	cfg.Shared, cfg.Hooks.Statement = shared, disturb
	return store.Open(ctx, cfg)
}
