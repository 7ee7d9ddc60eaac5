package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/store/storetest"
)

// machine is what a run was made with.
type machine struct {
	name    string // date and commit
	command string
	machine string
}

func describe(ctx context.Context) machine {
	return machine{
		name:    time.Now().Format("2006-01-02 15:04") + ", " + commit(ctx),
		command: "`go run ./bench " + strings.Join(os.Args[1:], " ") + "`",
		machine: fmt.Sprintf("%d cores of %s, %s, %s, %s %s, %s", runtime.NumCPU(), line("/proc/cpuinfo", "model name"), memory(),
			runtime.Version(), runtime.GOOS, first("/proc/sys/kernel/osrelease"), disk()),
	}
}

// about describes a database.
func about(ctx context.Context, engine string) string {
	if engine == sqlite {
		return "SQLite in the program, WAL, synchronous=FULL"
	}
	url, drop, err := storetest.Fresh(ctx)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = drop(ctx) }()
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = db.Close() }()
	var version, commit, fsync string
	err = db.QueryRowContext(ctx, `SELECT current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync')`).
		Scan(&version, &commit, &fsync)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("PostgreSQL %s, synchronous_commit=%s, fsync=%s", version, commit, fsync)
}

// commit names the state of the source, or says that it is not known.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=, changed").Output()
	if err != nil {
		return "commit unknown"
	}
	return "commit " + strings.TrimSpace(string(out))
}

// line is the value of a line "name : value" in one of Linux's own files.
func line(file, name string) string {
	data, _ := os.ReadFile(file)
	for l := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "unknown " + name
}

func first(file string) string {
	data, _ := os.ReadFile(file)
	return strings.TrimSpace(string(data))
}

// disk tells how many times a second a page can be written and synced where the databases are: what bounds single commits.
func disk() string {
	f, err := os.CreateTemp("", "sapa-bench-disk-")
	if err != nil {
		return "disk unknown"
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	page, n, begun := make([]byte, 4096), 0, time.Now()
	for ; time.Since(begun) < 500*time.Millisecond; n++ {
		if _, err = f.WriteAt(page, int64(n)*4096); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return "disk unknown"
		}
	}
	return fmt.Sprintf("a disk of %.0f synced appends of 4 KB a second", float64(n)/time.Since(begun).Seconds())
}

// memory is the machine's memory.
func memory() string {
	kb, err := strconv.ParseFloat(strings.TrimSuffix(line("/proc/meminfo", "MemTotal"), " kB"), 64)
	if err != nil {
		return "memory unknown"
	}
	return fmt.Sprintf("%.0f GB", kb/(1<<20))
}
