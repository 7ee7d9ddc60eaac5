package main

import (
	"net"
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

func process(pid int) string {
	if pid == 0 {
		return "self"
	}
	return strconv.Itoa(pid)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
