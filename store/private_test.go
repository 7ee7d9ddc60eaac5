package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/store/storetest"
)

func TestNobodyElseReadsTheDatabaseFiles(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	require.NoError(t, os.Chmod(cfg.Folder, 0o755), "a folder that somebody made by hand")
	db := storetest.Open(t, cfg)
	require.NoError(t, db.Ping(t.Context()))
	files, err := filepath.Glob(filepath.Join(cfg.Folder, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		info, err := os.Stat(f)
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, f)
	}
}
