package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/e2e/drive"
)

// program is Sapa under way: a process ([drive.Server]), or inside of this one, where its database can be disturbed.
type program interface {
	SetupToken() (string, error)
	// Log is what it has logged so far.
	Log() (string, error)
	// Data is the folder of its data.
	Data() string
	// Launch starts it again on the same data and address, with more settings for this time.
	Launch(ctx context.Context, more ...string) (time.Duration, error)
	Stop(context.Context) error
	// Kill ends it at once.
	Kill()
}

// inside is the program inside of this process.
type inside struct {
	dir      string
	settings []string // as on the command line
	disturb  app.Disturbance

	app    *app.App
	addr   string
	port   io.Closer // kept for as long as this is used
	log    logbook
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

// start starts the program on a free address, and returns where.
func (i *inside) start(ctx context.Context) (url string, err error) {
	if i.addr, i.port, err = drive.Reserve(); err != nil {
		return "", err
	}
	_, err = i.Launch(ctx)
	return "http://" + i.addr, err
}

// Launch implements program. It returns when the program listens.
func (i *inside) Launch(ctx context.Context, more ...string) (time.Duration, error) {
	begun := time.Now()
	loaded, err := app.Load("", nil, append([]string{"--http.listen=" + i.addr, "--data.dir=" + i.Data(),
		"--secret.key_file=" + filepath.Join(i.dir, "master.key")}, append(slices.Clone(i.settings), more...)...))
	if err != nil {
		return 0, err
	}
	made, err := app.New(ctx, loaded.Config, app.Options{Log: app.NewLogger(loaded.Config.Log, &i.log), Version: "proof", Disturb: i.disturb})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	i.app, i.cancel, i.ended = made, cancel, ended
	go func() {
		defer close(ended)
		i.err = made.Run(ctx)
	}()
	return time.Since(begun), nil
}

// SetupToken implements program.
func (i *inside) SetupToken() (string, error) { return i.app.SetupToken() }

// Log implements program.
func (i *inside) Log() (string, error) { return i.log.text(), nil }

// Data implements program.
func (i *inside) Data() string { return filepath.Join(i.dir, "data") }

// Stop implements program.
func (i *inside) Stop(ctx context.Context) error {
	i.cancel()
	select {
	case <-i.ended:
		return i.err
	case <-ctx.Done():
		return fmt.Errorf("it does not stop: %w", ctx.Err())
	}
}

// Kill implements program, as well as that goes without a process.
func (i *inside) Kill() {
	if i.app == nil {
		return
	}
	i.cancel()
	<-i.ended
}

// logbook is a log in memory.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
