package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

const (
	goalReturn = 60 // s, from the end of the program until the last client is back
	goalTries  = 2  // attempts of one client within a second, on average: the one at once and the one a second later
)

// clients are real ones, in a process of node.
type clients struct {
	mu    sync.Mutex
	tries []time.Time
	in    int
}

// comeBack restarts the program under clients of pusher-js and looks at how they come back.
func (w *world) comeBack(ctx context.Context, r *report) error {
	node, err := exec.LookPath("node")
	modules := "e2e/clients/node_modules"
	if _, missing := os.Stat(modules + "/pusher-js"); err != nil || missing != nil {
		r.note("pusher-js", "left out: no node, or no clients (make clients)")
		return nil
	}
	var about struct{ Key string }
	if err := w.admin.Do(ctx, http.MethodGet, "/v1/realtime", nil, &about); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(w.server.URL, "http://"))
	if err != nil {
		return err
	}
	n := w.set.clients
	cmd := exec.Command(node, "bench/return.cjs", about.Key, host, port, strconv.Itoa(n))
	cmd.Env, cmd.Stderr = append(os.Environ(), "NODE_PATH="+modules), os.Stderr
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		return err
	}
	c, read := &clients{}, make(chan struct{})
	go func() { defer close(read); c.read(bufio.NewScanner(out)) }()
	defer func() { _ = in.Close(); <-read; _ = cmd.Wait() }()
	return w.returned(ctx, r, c, n)
}

func (c *clients) read(lines *bufio.Scanner) {
	for lines.Scan() {
		c.mu.Lock()
		if lines.Text() == "try" {
			c.tries = append(c.tries, time.Now())
		} else {
			c.in++
		}
		c.mu.Unlock()
	}
}

func (w *world) returned(ctx context.Context, r *report, c *clients, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	arrived := func(all int) error {
		return drive.Until(ctx, func() (bool, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.in >= all, nil
		})
	}
	if err := arrived(n); err != nil {
		return err
	}
	c.mu.Lock()
	c.tries = nil
	c.mu.Unlock()
	begun := time.Now()
	if _, err := w.restart(ctx); err != nil {
		return err
	}
	down := time.Since(begun)
	if err := arrived(2 * n); err != nil {
		return err
	}
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	r.note(fmt.Sprintf("a restart under %d clients of pusher-js: from the signal until it is ready again", n), "%.1f s", down.Seconds())
	r.most("from the signal until all are subscribed again", took.Seconds(), goalReturn, "%.1f s")
	r.note("attempts to connect for each client", "%.1f", float64(len(c.tries))/float64(n))
	first, most := 0, 0
	for i, at := range c.tries {
		for at.Sub(c.tries[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	r.most("most attempts within one second, for each client", float64(most)/float64(n), goalTries, "%.2f")
	return nil
}
