package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc: USER_HZ, which is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// processorTime is the time that a process has spent in user and system mode, as Linux tells it; pid 0 is this one.
func processorTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile("/proc/" + process(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // from the third field on
	var sum int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}

// backendTime is the processor time of PostgreSQL's processes for our database, by the titles that they give themselves. It
// is 0 where they cannot be seen, as on another machine.
func (w *world) backendTime() (sum time.Duration) {
	u, err := url.Parse(w.database)
	if err != nil || w.database == "" {
		return 0
	}
	titles, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range titles {
		title, _ := os.ReadFile(file)
		if !strings.HasPrefix(string(title), "postgres: ") || !strings.Contains(string(title), " "+strings.TrimPrefix(u.Path, "/")+" ") {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		t, _ := processorTime(pid) // 0 when it has just ended
		sum += t
	}
	return sum
}

// resident is a process's resident memory in bytes, as Linux tells it.
func resident(pid int) (int64, error) {
	data, err := os.ReadFile("/proc/" + process(pid) + "/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

func process(pid int) string {
	if pid == 0 {
		return "self"
	}
	return strconv.Itoa(pid)
}

// counters are the program's own figures without labels, by name.
type counters map[string]float64

func scrape(ctx context.Context, base string) (counters, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: %s", resp.Status)
	}
	out := counters{}
	scan := bufio.NewScanner(resp.Body)
	for scan.Scan() {
		name, value, ok := strings.Cut(scan.Text(), " ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if out[name], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("metrics: %s: %w", name, err)
		}
	}
	return out, scan.Err()
}

func (c counters) since(before counters) counters {
	out := counters{}
	for name, v := range c {
		out[name] = v - before[name]
	}
	return out
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
