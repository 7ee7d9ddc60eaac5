package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/pusher"
)

const channel = "bench"

// app is the lookup of the only app.
type app struct{}

func (app) ByKey(context.Context, string) (*pusher.App, error) {
	return &pusher.App{ID: "1", Key: "bench", Secret: "bench"}, nil
}

func (a app) ByID(ctx context.Context, _ string) (*pusher.App, error) { return a.ByKey(ctx, "") }

// usage is what the server process uses.
type usage struct {
	RSS         int64 // bytes, after giving free memory back
	Heap, Stack int64
	Goroutines  int
	CPU         time.Duration
	Stats       pusher.Stats
}

// serve is the server process: it prints its address and ends with its standard input.
func serve(s settings) error {
	srv, err := pusher.New(pusher.Options{Apps: app{}, Limits: pusher.Limits{Connections: s.sockets + 1, PerAddress: s.sockets + 1}})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/app/", srv)
	mux.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(measured(srv))
	})
	mux.HandleFunc("/trigger", func(w http.ResponseWriter, _ *http.Request) {
		data := strconv.FormatInt(time.Now().UnixNano(), 10)
		data += strings.Repeat(" ", max(0, s.size-len(data)))
		if err := srv.Trigger("1", channel, "tick", data, ""); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	fmt.Println(l.Addr())
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = web.Close()
	}()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = srv.Run(ctx) }()
	if err := web.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func measured(srv *pusher.Server) usage {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{RSS: rss(), Heap: int64(m.HeapAlloc), Stack: int64(m.StackInuse), Goroutines: runtime.NumGoroutine(), CPU: cpu(), Stats: srv.Stats()}
}

// rss is this process's resident memory; 0 where /proc is missing.
func rss() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
