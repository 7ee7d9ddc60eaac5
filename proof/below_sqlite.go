package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sapa-chat/sapa/app"
)

// fullDisk fills the disk of the database, a small file system in memory, and frees it again.
func fullDisk(ctx context.Context, r *run) error {
	row := r.row("disk full", "the API answers 503, no corruption, recovers by itself, 0 lost")
	dir, err := os.MkdirTemp(r.dir, "full-")
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := r.mount(ctx, data); err != nil {
		r.say("SQLite is told that the disk is full, since no small file system can be had: %v", err)
		return r.refused(ctx, row, "max_page_count(1)")
	}
	return r.endure(ctx, row, plan{numbers: 10, beat: 300 * time.Millisecond, dir: dir}, func(ctx context.Context, w *world) error {
		ballast := filepath.Join(data, "ballast")
		if err := w.fill(ctx, ballast, pick(r, 8*time.Second, time.Minute)); err != nil {
			return err
		}
		err := w.refuses(ctx, http.MethodPost, "/v1/messages", w.someMessage())
		return errors.Join(err, os.Remove(ballast))
	})
}

// mount puts a small file system over a folder; it goes away with the proof.
func (r *run) mount(ctx context.Context, folder string) error {
	if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: mount: %s", errSkipped, out)
	}
	r.after(func() { _ = exec.Command("umount", "-l", folder).Run() })
	return nil
}

// fill keeps a disk full for a while: what the program frees is taken, too.
func (w *world) fill(ctx context.Context, ballast string, d time.Duration) error {
	f, err := os.Create(ballast)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for end := time.Now().Add(d); time.Now().Before(end); {
		for size := 1 << 20; size > 0; { // whole pieces first, then the last bytes
			n, err := f.Write(make([]byte, size))
			switch {
			case errors.Is(err, syscall.ENOSPC), errors.Is(err, io.ErrShortWrite):
				size = min(n, size/2)
			case err != nil:
				return err
			}
		}
		if !pause(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
	}
	return nil
}

func (w *world) someMessage() any {
	return map[string]string{"to": "+6285799999998", "number": w.lanes[0].Number, "text": "halo"}
}

// readOnlyFile lets every statement that writes fail as on a read-only file system. That itself cannot be had under a
// program that has the database open.
func readOnlyFile(ctx context.Context, r *run) error {
	row := r.row("read-only", "the API answers 503 to what writes, no corruption, recovers by itself, 0 lost")
	return r.refused(ctx, row, "query_only(1)")
}

// refused lets every statement that writes fail for a while, as SQLite does under a pragma.
func (r *run) refused(ctx context.Context, row *row, pragma string) error {
	refusal := refusedBySQLite(pragma)
	var on atomic.Bool
	hook := func(_ int64, query string) error {
		if on.Load() && writes(query) {
			return refusal
		}
		return nil
	}
	return r.endure(ctx, row, plan{numbers: 10, beat: 300 * time.Millisecond, disturb: &app.Disturbance{Statement: hook}}, func(ctx context.Context, w *world) error {
		on.Store(true)
		defer on.Store(false)
		if err := w.refuses(ctx, http.MethodPost, "/v1/messages", w.someMessage()); err != nil {
			return err
		}
		pause(ctx, pick(r, 8*time.Second, time.Minute))
		return ctx.Err()
	})
}

// writes tells whether a statement changes something.
func writes(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	return slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "WITH"}, strings.ToUpper(word))
}
