package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// syncs counts fsyncs under a load of its own, because strace slows the program down and so makes its commits larger: with
// the commits of the undisturbed loads it gives fsyncs per message.
func (w *world) syncs(ctx context.Context, r *report, in, out sample) error {
	count := w.straced
	how := "strace"
	if w.engine == postgres {
		count, how = w.walSyncs, "pg_stat_wal, which counts the whole server"
	}
	for _, one := range []struct {
		what   string
		normal sample
		load   *load
	}{{"inbound", in, w.writing()}, {"outbound", out, w.sending(w.numbers, w.set.outbound, w.set.callers)}} {
		var s sample
		n, err := count(ctx, func() (err error) {
			s, err = w.exactly(ctx, one.load, w.set.messages/2)
			return err
		})
		if errors.Is(err, exec.ErrNotFound) {
			r.note("fsyncs", "not counted: %v", err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("fsyncs: %w", err)
		}
		each := float64(n) / max(1, s.counters[commits])
		r.note("fsyncs per message, "+one.what, "%.3f (%.2f per commit, by %s)", each*one.normal.per(commits), each, how)
	}
	return nil
}

// straced counts the program's fsyncs while work runs.
func (w *world) straced(ctx context.Context, work func() error) (n int, err error) {
	out := filepath.Join(w.dir, "strace")
	cmd := exec.CommandContext(ctx, "strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", out, "-p", strconv.Itoa(w.server.PID()))
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = cmd.Process.Kill() }()
	if err := drive.Until(ctx, func() (bool, error) { return traced(w.server.PID()) }); err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		return 0, err
	}
	_ = cmd.Wait() // by the signal
	data, err := os.ReadFile(out)
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) >= 5 && strings.HasSuffix(f[len(f)-1], "sync") {
			calls, _ := strconv.Atoi(f[3])
			n += calls
		}
	}
	return n, err
}

// traced tells whether somebody traces all threads of a process.
func traced(pid int) (bool, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, t := range tasks {
		data, err := os.ReadFile(t)
		if err == nil && strings.Contains(string(data), "TracerPid:\t0\n") {
			return false, nil
		}
	}
	return len(tasks) > 0, err
}

// walSyncs counts PostgreSQL's fsyncs of its log while work runs. The server tells them up to a second late.
func (w *world) walSyncs(ctx context.Context, work func() error) (n int, err error) {
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	count := func() (n int, err error) {
		if err := pause(ctx, time.Second, nil); err != nil {
			return 0, err
		}
		return n, db.QueryRowContext(ctx, "SELECT wal_sync FROM pg_stat_wal").Scan(&n)
	}
	before, err := count()
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	after, err := count()
	return after - before, err
}
