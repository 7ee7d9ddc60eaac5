package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// keptBackups is how many copies from before migrations stay in the data folder.
const keptBackups = 3

// backupBefore copies the SQLite file next to it, as sapa.db.before-0003-20260102T150405Z, and removes older copies.
func backupBefore(ctx context.Context, on *sql.DB, file string, from int64) error {
	target := fmt.Sprintf("%s.before-%04d-%s", file, from+1, time.Now().UTC().Format("20060102T150405.000Z"))
	unfinished := target + ".part"
	_ = os.Remove(unfinished)
	if err := private(unfinished); err != nil { // before there is anything in it; SQLite writes into an empty file
		return err
	}
	if _, err := on.ExecContext(ctx, "VACUUM INTO $1", unfinished); err != nil {
		_ = os.Remove(unfinished)
		return err
	}
	if err := os.Rename(unfinished, target); err != nil {
		return err
	}
	return removeOldBackups(file)
}

func removeOldBackups(file string) error {
	all, err := filepath.Glob(file + ".before-*Z")
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b string) int { return newer(a, b) })
	for _, old := range all[min(keptBackups, len(all)):] {
		if err := os.Remove(old); err != nil {
			return err
		}
	}
	return nil
}

// newer sorts the newest file first.
func newer(a, b string) int {
	at := func(name string) string { return name[max(0, len(name)-len("20060102T150405.000Z")):] }
	switch {
	case at(a) > at(b):
		return -1
	case at(a) < at(b):
		return 1
	}
	return 0
}
