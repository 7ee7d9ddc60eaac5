package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/store/storetest"
)

// world is the program on a fresh database, a simulated network in this process, and what is linked so far.
type world struct {
	set    *settings
	kind   string
	engine string
	dir    string
	closes []func() error

	network sim.Network
	online  atomic.Int64         // companions that are logged in
	load    atomic.Pointer[load] // what is told of confirmations

	server   *drive.Server
	database string // its URL, "" is SQLite
	debug    string // address of the program's profiles, "" without
	admin    *drive.Client
	tenants  []*tenant
	numbers  []*number

	stage       *stage             // of the rows sockets/, once it is open
	empty       int64              // resident memory without a number, once it was read
	each        map[string]float64 // KB of each of 1,000 numbers, since what
	inboundRate float64            // once it was measured
}

// open starts a world and links what its kind needs.
func open(ctx context.Context, s *settings, engine, kind string) (*world, error) {
	w := &world{set: s, kind: kind, engine: engine, each: map[string]float64{}}
	if err := w.furnish(ctx); err != nil {
		return nil, errors.Join(w.withLog(err), w.close())
	}
	return w, nil
}

func (w *world) furnish(ctx context.Context) (err error) {
	s, kind := w.set, w.kind
	if w.dir, err = os.MkdirTemp("", "sapa-bench-"); err != nil {
		return err
	}
	w.closes = append(w.closes, func() error { return os.RemoveAll(w.dir) })
	if err = w.start(ctx); err != nil {
		return err
	}
	tenants, numbers := 1, s.lanes
	switch kind {
	case "idle", "sockets":
		numbers = 0
	case "many":
		tenants = s.lanes
	}
	if err = w.addTenants(ctx, tenants); err != nil {
		return err
	}
	if err = w.link(ctx, numbers); err != nil {
		return err
	}
	if err = w.acquaint(ctx); err != nil {
		return err
	}
	switch kind {
	case "full":
		_, err = w.exactly(ctx, w.writing(), s.full)
	case "delay":
		_, err = w.restart(ctx, "--database.commit_delay="+s.delay.String())
	case "apart":
		_, err = w.restart(ctx, "--database.commit_delay="+s.delay.String(), "--database.commit_alone=true")
	}
	return err
}

// start starts the network and the program, and makes the first person.
func (w *world) start(ctx context.Context) error {
	if err := w.startNetwork(); err != nil {
		return err
	}
	settings, err := w.settings(ctx)
	if err != nil {
		return err
	}
	w.server, err = drive.Start(ctx, drive.Options{Binary: w.set.binary, Dir: w.dir, Settings: settings})
	if w.server != nil {
		w.closes = append(w.closes, func() error { w.server.Kill(); return nil })
	}
	if err != nil {
		return err
	}
	token, err := w.server.SetupToken()
	if err != nil {
		return err
	}
	w.admin = drive.NewClient(w.server.URL)
	return w.admin.Setup(ctx, token, "bench@example.com", "a long enough password")
}

func (w *world) startNetwork() error {
	w.network.BlindPhones = true
	w.network.OnOnline = func(_ *sim.Account, _ sim.Companion, on bool) {
		if on {
			w.online.Add(1)
		} else {
			w.online.Add(-1)
		}
	}
	w.network.OnConfirmed = func(c sim.Confirmation) {
		if l := w.load.Load(); l != nil {
			l.confirmed(c)
		}
	}
	w.network.OnStanza = func(s sim.Stanza) bool {
		if l := w.load.Load(); l != nil && s.Node.Tag == "ack" && s.Node.Attrs["class"] == "receipt" {
			l.acknowledged(s.Phone)
		}
		return true
	}
	w.closes = append(w.closes, w.network.Close)
	return w.network.Start()
}

// settings lift every limit that would only slow a bench down.
func (w *world) settings(ctx context.Context) (all []string, err error) {
	if w.engine == postgres {
		var drop func(context.Context) error
		if w.database, drop, err = storetest.Fresh(ctx); err != nil {
			return nil, err
		}
		w.closes = append(w.closes, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return drop(ctx)
		})
		all = append(all, "--database.url="+w.database)
	}
	if w.set.profiles != "" {
		if w.debug, err = freeAddress(); err != nil {
			return nil, err
		}
		all = append(all, "--http.debug_listen="+w.debug)
	}
	return append(append(all, drive.Simulated(&w.network)...), "--send.gap=0s", "--send.jitter=0s", "--number.pairings_per_hour=1000000",
		"--number.max_per_workspace=1000000", "--log.level=warn", "--whatsapp.connects_per_second=0"), nil
}

// restart stops the program, starts it with more settings and waits until all numbers are connected. It tells how long the
// program took to be ready, and how long from its start until the last number was there.
func (w *world) restart(ctx context.Context, more ...string) (back times, err error) {
	begun := time.Now()
	if err := w.server.Stop(ctx); err != nil {
		return back, w.withLog(fmt.Errorf("stop: %w", err))
	}
	back.stopped = time.Since(begun)
	err = drive.Until(ctx, func() (bool, error) { return w.online.Load() == 0, nil })
	if err != nil {
		return back, err
	}
	begun = time.Now()
	if back.ready, err = w.server.Launch(ctx, more...); err != nil {
		return back, err
	}
	err = drive.Until(ctx, func() (bool, error) { return w.online.Load() >= int64(len(w.numbers)), nil })
	back.connected = time.Since(begun)
	return back, err
}

// times are from the signal to the end of the program, and then from its start.
type times struct{ stopped, ready, connected time.Duration }

// close ends everything, the last first, and removes what it left.
func (w *world) close() (err error) {
	for i := len(w.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, w.closes[i]())
	}
	w.closes = nil
	return err
}

// withLog adds the end of the program's log to an error.
func (w *world) withLog(err error) error {
	data, _ := os.ReadFile(filepath.Join(w.dir, "sapa.log"))
	return fmt.Errorf("%w\n%s", err, data[max(0, len(data)-2000):])
}
