package store_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/migration"
	"github.com/sapa-chat/sapa/store/storetest"
)

func embedded(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(migration.Files, "*.sql")
	require.NoError(t, err)
	for _, name := range names {
		text, err := migration.Files.ReadFile(name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

func with(files fstest.MapFS, name, text string) fstest.MapFS {
	files = maps.Clone(files)
	files[name] = &fstest.MapFile{Data: []byte(text)}
	return files
}

const another = "-- +goose Up\nCREATE TABLE another (id TEXT);\n"

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	_, err := store.MigrateFiles(t.Context(), cfg, with(embedded(t), "9000_later.sql", another))
	require.NoError(t, err)
	_, err = store.Open(t.Context(), cfg)
	require.Equal(t, "database_newer", fault.ReasonOf(err), err)
}

func TestAnEditedMigrationIsRefused(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	_, err := store.MigrateFiles(t.Context(), cfg, embedded(t))
	require.NoError(t, err)
	name := "0001_foundation.sql"
	edited := with(embedded(t), name, string(embedded(t)[name].Data)+"-- a word\n")
	_, err = store.MigrateFiles(t.Context(), cfg, edited)
	require.Equal(t, "migration_edited", fault.ReasonOf(err), err)
	_, err = store.MigrateFiles(t.Context(), cfg, embedded(t))
	require.NoError(t, err)
}

func TestADatabaseIsCopiedBeforeItIsMigrated(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	db, err := store.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), "w1", lane("n1")))
	require.NoError(t, db.Close())
	copies := func() []string {
		all, err := filepath.Glob(filepath.Join(cfg.Folder, store.File+".before-*"))
		require.NoError(t, err)
		return all
	}
	require.Empty(t, copies(), "a new database has nothing to lose")
	files := embedded(t)
	for i, name := range []string{"9001_a.sql", "9002_b.sql", "9003_c.sql", "9004_d.sql"} {
		files = with(files, name, strings.ReplaceAll(another, "another", "another"+name[5:6]))
		n, err := store.MigrateFiles(t.Context(), cfg, files)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Len(t, copies(), min(i+1, 3), "the last three are kept")
		for _, file := range copies() {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Zero(t, info.Mode().Perm()&0o077, "others can read %s", file)
		}
	}
	newest := slices.Max(copies())
	old := storetest.SQLite(t)
	require.NoError(t, os.Rename(newest, filepath.Join(old.Folder, store.File)))
	n, err := store.MigrateFiles(t.Context(), old, files)
	require.NoError(t, err)
	require.Equal(t, 1, n, "the copy is the database as it was")
}

func TestAMigrationThatFailsLeavesTheDatabaseAsItWas(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	broken := with(embedded(t), "9000_broken.sql", "-- +goose Up\nCREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);\n")
	_, err := store.MigrateFiles(t.Context(), cfg, broken)
	require.Error(t, err)
	_, err = store.MigrateFiles(t.Context(), cfg, with(embedded(t), "9000_mended.sql", another))
	require.NoError(t, err)
}

// The newest schema is what all steps together make, whether they ran at once or one release at a time.
func TestStepByStepGivesTheSameSchemaAsAtOnce(t *testing.T) {
	t.Parallel()
	whole, steps := storetest.SQLite(t), storetest.SQLite(t)
	all := embedded(t)
	_, err := store.MigrateFiles(t.Context(), whole, all)
	require.NoError(t, err)
	some := fstest.MapFS{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		some[name] = all[name]
		_, err := store.MigrateFiles(t.Context(), steps, some)
		require.NoError(t, err)
	}
	require.Equal(t, store.Schema(t, whole), store.Schema(t, steps))
}

func TestAToolRefusesAnotherVersion(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	cfg.Shared = true
	_, err := store.Open(t.Context(), cfg)
	require.Equal(t, "no_database", fault.ReasonOf(err))
	_, err = store.MigrateFiles(t.Context(), cfg, fstest.MapFS{"0001_foundation.sql": embedded(t)["0001_foundation.sql"]})
	require.NoError(t, err)
	_, err = store.Open(t.Context(), cfg)
	require.Equal(t, "database_older", fault.ReasonOf(err))
}
