package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// growth is what may grow after the first quarter, in MB per hour, while nothing changes but the messages that are stored: of
// resident memory, and of what is live on the heap.
type growth struct{ resident, live float64 }

// 1 MB an hour is 8 bytes of each message at a thousand a minute each way. In less than four minutes the noise of the garbage
// collector and of SQLite's page caches, which fill up to 8 MB for each of five connections, is many times that: the quick
// variant looks for a leak of some hundred bytes a message on the heap, and of a kilobyte besides.
const soakFlat = 2.0 // goroutines or files that there are more of at the end

func soakGrowth(r *run) growth { return pick(r, growth{150, 20}, growth{1, 1}) }

// soak lets messages flow evenly for an hour and looks what the program takes more and more of.
func soak(ctx context.Context, r *run) error {
	const numbers, perMinute = 50, 1000
	long, limit := pick(r, 5*time.Minute, time.Hour), soakGrowth(r)
	row := r.row("", fmt.Sprintf("%.0f min of 1,000 messages/min each way over 50 numbers: after the first quarter resident memory grows < %g MB/h "+
		"and the live heap < %g MB/h, goroutines and files flat, 0 lost, 0 duplicate, 0 out of order", long.Minutes(), limit.resident, limit.live))
	debug, port, err := drive.Reserve()
	if err != nil {
		return err
	}
	r.after(func() { _ = port.Close() })
	w, err := r.open(ctx, plan{numbers: numbers, beat: numbers * time.Minute / perMinute, settings: []string{"--http.debug_listen=" + debug}})
	if err != nil {
		return err
	}
	if r.quick {
		if err := w.warm(ctx, long/4); err != nil {
			return err
		}
	}
	stop := w.talk(ctx)
	use, err := w.watch(ctx, long, pick(r, time.Second, 5*time.Second), func(when string) error { return w.keepHeap(ctx, debug, when) })
	if err != nil {
		return err
	}
	if err := stop(); err != nil {
		row.keep(false, "%v", err)
	}
	use.judge(row, limit)
	if err := w.settle(ctx, row, time.Minute); err != nil {
		return err
	}
	return w.intact(ctx, row)
}

// use is what the program takes, over time.
type use struct {
	memory, live, goroutines, files series // MB, MB of the heap after a collection, and numbers of them
}

// watch looks at the program at every step. What comes before the first quarter is over is not counted. heap is called when
// the counting begins and when it ends.
func (w *world) watch(ctx context.Context, long, step time.Duration, heap func(string) error) (u use, err error) {
	warm, begun := false, time.Now()
	for next := begun; time.Since(begun) < long; next = next.Add(step) {
		if !pause(ctx, time.Until(next)) {
			return u, ctx.Err()
		}
		since := time.Since(begun)
		if since < long/4 {
			continue
		}
		if !warm {
			warm = true
			if err := heap("quarter"); err != nil {
				return u, err
			}
		}
		if err := u.look(ctx, w, since); err != nil {
			return u, err
		}
		if len(u.memory)%60 == 0 {
			w.r.say("%.1f MB, %.1f MB live, %.0f goroutines, %.0f files", u.memory.last(), u.live.last(), u.goroutines.last(), u.files.last())
		}
	}
	return u, heap("end")
}

func (u *use) look(ctx context.Context, w *world, since time.Duration) error {
	c, err := drive.Scrape(ctx, w.url)
	if err != nil {
		return err
	}
	bytes, err := drive.Resident(w.server.PID())
	u.memory.add(since, float64(bytes)/1e6)
	// The runtime collects again when the heap is twice what was live, as the program is delivered.
	u.live.add(since, c["go_memstats_next_gc_bytes"]/2e6)
	u.goroutines.add(since, c["go_goroutines"])
	u.files.add(since, c["process_open_fds"])
	return err
}

func (u use) judge(row *row, limit growth) {
	resident, live := u.memory.slope(), u.live.slope()
	first, last := u.memory.ends()
	row.measure("memory %+.2f MB/h (%.1f MB to %.1f MB; live heap %+.2f MB/h)", resident, first, last, live)
	row.keep(resident < limit.resident, "resident memory grows by %.2f MB/h", resident)
	row.keep(live < limit.live, "the live heap grows by %.2f MB/h", live)
	for name, s := range map[string]series{"goroutines": u.goroutines, "files": u.files} {
		first, last := s.ends()
		row.measure("%.0f %s, then %.0f", first, name, last)
		row.keep(last-first <= soakFlat, "more and more %s", name)
	}
}

// keepHeap keeps a profile of the heap where one is asked for.
func (w *world) keepHeap(ctx context.Context, debug, when string) error {
	if w.r.profiles == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+debug+"/debug/pprof/heap", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.r.profiles, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.r.profiles, strings.Join([]string{w.r.name, w.r.engine, when, "heap.pprof"}, "-")), data, 0o600)
}

// warm lets as many messages flow in a minute as an hour's first quarter brings: whatsmeow keeps the last 256 messages of each
// number for those who ask again, and until they are there memory grows.
func (w *world) warm(ctx context.Context, d time.Duration) error {
	w.r.say("warming up")
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	group := new(errgroup.Group)
	for i, l := range w.lanes {
		quick := &drive.Lane{Number: l.Number, Account: l.Account, Contact: w.net.Contact(fmt.Sprintf("62858%07d", i)), Beat: d / 300}
		group.Go(func() error { return quick.Run(ctx, w.key) })
	}
	return group.Wait()
}
