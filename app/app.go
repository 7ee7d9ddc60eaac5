package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sapa-chat/sapa/api"
	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/reach"
	"github.com/sapa-chat/sapa/internal/run"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa/web"
	"github.com/sapa-chat/sapa/workspace"
	"github.com/sapa-chat/sapa/workspace/smtp"
)

// Options are what a program gives the App besides its settings. The zero value is usable.
type Options struct {
	Log     *slog.Logger
	Clock   clock.Clock
	Version string
	// Disturb is for proofs of what happens when the database fails.
	Disturb Disturbance
}

// Disturbance makes the database beneath the program fail. The zero value does nothing.
type Disturbance struct {
	// Statement runs before each statement, and its error is returned instead of running it.
	Statement func(n int64, query string) error
	// Devices stands before the device store of WhatsApp Web.
	Devices func(web.DeviceStore) web.DeviceStore
}

// App is the whole program: its parts, bound to each other, on one address.
type App struct {
	cfg     Config
	log     *slog.Logger
	clock   clock.Clock
	version string
	disturb Disturbance

	db         *store.DB
	lease      *leaseKeeper
	workspaces *workspace.Service
	pusher     *pusher.Server
	realtime   *realtime.Service
	inbox      *inbox.Service
	outbox     *send.Service
	numbers    *number.Service
	pump       *event.Pump
	reach      *reach.Prober

	health  health
	metrics *prometheus.Registry
	web     *listener
	debug   *listener
	setup   string
	started time.Time
	group   run.Group
}

// New opens the database, binds the parts and listens, so that everything that can be wrong with the settings is an error
// here. Nothing runs yet: call Run, or Close.
func New(ctx context.Context, cfg Config, o Options) (*App, error) {
	a := &App{cfg: cfg, log: o.Log, clock: o.Clock, version: o.Version, disturb: o.Disturb}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.clock == nil {
		a.clock = clock.System{}
	}
	a.started = a.clock.Now()
	if err := a.build(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// build reads as the order in which the parts need each other.
func (a *App) build(ctx context.Context) (err error) {
	if a.db, err = openStore(ctx, &a.cfg, a.log, false, a.disturb.Statement); err != nil {
		return err
	}
	a.health.database, a.health.writing = a.db.Ping, a.db.Writing
	a.lease = newLeaseKeeper(store.Leases{DB: a.db}, a.nodeName(), a.log)
	if err = a.buildWorkspaces(); err != nil {
		return err
	}
	if err = a.buildRealtime(); err != nil {
		return err
	}
	if err = a.buildNumbers(); err != nil {
		return err
	}
	a.pump = &event.Pump{Log: store.EventLog{DB: a.db, Node: a.nodeName()}, Consumers: []event.Consumer{a.realtime}, Logger: a.part("pump")}
	if a.setup, err = a.workspaces.SetupToken(ctx); err != nil {
		return err
	}
	a.metrics = a.newMetrics()
	return a.listen()
}

func (a *App) buildWorkspaces() error {
	var mailer workspace.Mailer
	if m := a.cfg.Mail; m.Host != "" {
		var err error
		if mailer, err = smtp.New(smtp.Config{Host: m.Host, Port: m.Port, User: m.User, Password: m.Password, From: m.From, TLS: m.TLS}); err != nil {
			return err
		}
	}
	a.reach = reach.New(a.db.Derive("reach"))
	a.workspaces = workspace.New(workspace.Config{
		Store: store.Workspaces{DB: a.db}, Clock: a.clock, Mailer: mailer, PublicURL: a.cfg.HTTP.PublicURL, Probe: a.reach,
		MaxNumbers: a.cfg.Number.MaxPerWorkspace, Log: a.part("workspace"),
	})
	return nil
}

func (a *App) buildRealtime() (err error) {
	data := store.Realtime{DB: a.db}
	apps := realtime.NewApps(data, a.workspaces, a.clock, a.origin)
	a.pusher, err = pusher.New(pusher.Options{
		Apps: apps, Log: a.part("pusher"), Clock: a.clock,
		Limits: pusher.Limits{Connections: a.cfg.Realtime.MaxConnections, PerAddress: a.cfg.Realtime.MaxPerAddress},
	})
	if err != nil {
		return err
	}
	a.realtime = realtime.New(realtime.Options{Apps: apps, Store: data, Driver: a.pusher, Clock: a.clock, Log: a.part("realtime")})
	return nil
}

func (a *App) buildNumbers() error {
	provider, err := a.provider()
	if err != nil {
		return err
	}
	a.inbox = inbox.New(store.Inbox{DB: a.db}, inbox.Options{Live: a.realtime, Clock: a.clock, Log: a.part("inbox")})
	a.outbox = send.New(store.Outbox{DB: a.db}, send.Options{
		Governor: send.NewPace(a.cfg.Send.Gap, a.cfg.Send.Jitter), Clock: a.clock, Log: a.part("send"),
	})
	a.numbers = number.New(store.Numbers{DB: a.db}, provider, number.Options{
		Leases: a.lease, Live: a.realtime, Clock: a.clock, Log: a.part("number"),
		Limits: number.Limits{PairingsPerHour: a.cfg.Number.PairingsPerHour, ConnectsPerSecond: orLifted(a.cfg.WhatsApp.ConnectsPerSecond)},
	})
	a.numbers.Bind(a.inbox, a.outbox)
	a.inbox.Connect(a.numbers)
	return nil
}

// listen mounts everything and opens the addresses.
func (a *App) listen() (err error) {
	handler, err := a.handler()
	if err != nil {
		return err
	}
	if a.web, err = listen(a.cfg.HTTP.Listen, a.cfg.HTTP.TLSCert, a.cfg.HTTP.TLSKey, handler, a.log); err != nil {
		return err
	}
	if a.cfg.HTTP.DebugListen != "" {
		a.debug, err = listen(a.cfg.HTTP.DebugListen, "", "", profiles(), a.log)
	}
	return err
}

// Run serves until ctx ends or a part fails for good, then stops everything in reverse order. It closes the App.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	if err := a.lease.acquire(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return fmt.Errorf("lease: %w", err)
	}
	for _, s := range a.services() {
		a.group.Start(ctx, s)
	}
	notifyReady(a.log)
	a.log.Info("ready", "address", a.cfg.localURL(), "version", a.version, "database", a.db.Engine())
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-a.group.Failed():
		a.log.Error("a part failed; stopping", "error", failed)
	}
	return errors.Join(failed, a.stop())
}

// services are the background parts in the order of their start. The outbox stops before the numbers do, so that a message
// in flight is settled while its connection still stands.
func (a *App) services() []run.Service {
	all := []run.Service{
		{Name: "workspace", Run: a.workspaces.Run},
		{Name: "pusher", Run: a.pusher.Run},
		{Name: "realtime", Run: a.realtime.Run},
		{Name: "pump", Run: a.pump.Run},
		{Name: "numbers", Run: func(ctx context.Context) error { return a.lease.run(ctx, a.numbers.Run) }},
		{Name: "outbox", Run: a.outbox.Run},
		{Name: "pruning", Run: a.prune},
		{Name: "memory", Run: new(memoryKeeper).run},
		{Name: "watchdog", Run: func(ctx context.Context) error {
			return watchdog(ctx, func(ctx context.Context) bool { return a.db.Ping(ctx) == nil })
		}},
		{Name: "web", Run: func(context.Context) error { return a.web.serve() }},
	}
	if a.debug != nil {
		all = append(all, run.Service{Name: "debug", Run: func(context.Context) error { return a.debug.serve() }})
	}
	return all
}

// stopWithin is the time for the background parts to end, after the drain.
const stopWithin = 10 * time.Second

// stop lets what is under way finish: realtime connections are closed spread over the drain, requests end, numbers
// disconnect without logging out, the lease is given back.
func (a *App) stop() error {
	notifyStopping()
	a.health.draining.Store(true)
	a.log.Info("stopping")
	err := a.drain()
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return errors.Join(err, a.group.Stop(ctx))
}

// drain ends what people and programs have open. A request that takes longer is cut: the parts behind it need their time too.
func (a *App) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.HTTP.DrainTimeout)
	defer cancel()
	a.pusher.Drain(ctx, min(a.cfg.HTTP.DrainTimeout, drainFor(a.pusher.Stats().Connections)))
	err := a.web.shutdown(ctx)
	if a.debug != nil {
		err = errors.Join(err, a.debug.shutdown(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		a.log.Warn("requests were cut because they did not end in time", "drain_timeout", a.cfg.HTTP.DrainTimeout)
		return nil
	}
	return err
}

// drainFor is how long the closes of n realtime connections are spread: clients come back without jitter, a thousand in three seconds is gentle.
func drainFor(n int) time.Duration { return time.Duration(n) * 3 * time.Millisecond }

// Close frees what New opened. It is safe to call twice, and after Run.
func (a *App) Close() {
	if a.web != nil {
		_ = a.web.server.Close()
		_ = a.web.socket.Close()
	}
	if a.debug != nil {
		_ = a.debug.server.Close()
		_ = a.debug.socket.Close()
	}
	if a.db != nil {
		if err := a.db.Close(); err != nil {
			a.log.Error("closing the database", "error", err)
		}
		a.db = nil
	}
}

// URL is where people reach this installation: the public address when it is known, else this machine.
func (a *App) URL(ctx context.Context) string {
	if settings, err := a.workspaces.Settings(ctx); err == nil && settings.PublicURL != "" {
		return settings.PublicURL
	}
	return a.cfg.localURL()
}

// SetupLink is the one-time link to the first page, or "" when setup is done.
func (a *App) SetupLink(ctx context.Context) string {
	if a.setup == "" {
		return ""
	}
	return a.URL(ctx) + "/setup?token=" + a.setup
}

// SetupToken is the secret part of the setup link, for a program that does the setup itself.
func (a *App) SetupToken() (string, error) {
	if a.setup == "" {
		return "", errors.New("setup is done already")
	}
	return a.setup, nil
}

// Simulated reports whether a simulator stands in for WhatsApp.
func (a *App) Simulated() bool { return a.cfg.WhatsApp.Simulator.On() }

// Workspaces gives the demo its way to make a login.
func (a *App) Workspaces() *workspace.Service { return a.workspaces }

func (a *App) part(name string) *slog.Logger { return a.log.With("part", name) }

func (a *App) origin(ctx context.Context) string {
	settings, err := a.workspaces.Settings(ctx)
	if err != nil {
		return ""
	}
	return settings.PublicURL
}

func (a *App) nodeName() string {
	if a.cfg.Node.Name != "" {
		return a.cfg.Node.Name
	}
	if host, err := os.Hostname(); err == nil {
		return host
	}
	return "sapa"
}

// handler mounts the API, the realtime server, health and the web interface on one mux.
func (a *App) handler() (http.Handler, error) {
	proxies, err := a.cfg.HTTP.proxies()
	if err != nil {
		return nil, err
	}
	server := api.New(api.Config{
		Workspaces: a.workspaces, Attempts: store.Workspaces{DB: a.db}, Numbers: a.numbers, Inbox: a.inbox, Outbox: a.outbox,
		Events: a.db, Realtime: a.realtime, Simulator: a.simulator(), Clock: a.clock, Log: a.part("api"), Version: a.version,
	})
	mux := http.NewServeMux()
	mux.Handle("/v1/", server.Handler())
	mux.Handle("/app/", a.pusher)
	mux.Handle("/apps/", a.pusher)
	mux.HandleFunc("GET /healthz", a.health.live)
	mux.HandleFunc("GET "+reach.Path+"{nonce}", a.reach.Answer)
	mux.HandleFunc("GET /readyz", a.health.ready)
	mux.Handle("GET /metrics", a.metricsHandler())
	mux.Handle("/", builtUI())
	return trustProxies(proxies, mux), nil
}
