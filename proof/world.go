package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/store/storetest"
)

// plan says what a world is made of.
type plan struct {
	numbers int
	// beat is the time from one message to the next of a lane, in each direction.
	beat time.Duration
	// binary is another program than the one that was built for all.
	binary string
	// dir is where the program keeps its data; empty: a new folder.
	dir      string
	settings []string
	// env is added to the program's environment; password is one for the database's address.
	env      []string
	password string
	// knobs changes the network before it starts.
	knobs func(*sim.Network)
	// wired puts a proxy before WhatsApp, and one before PostgreSQL.
	wired bool
	// disturb, when not nil, runs the program inside of this process on a database that is disturbed.
	disturb *app.Disturbance
}

// world is one simulated network, the program, its first person and the lanes on which people talk.
type world struct {
	r   *run
	net *sim.Network
	// program is Sapa; server is the same when it is a process, and url where it answers.
	program program
	server  *drive.Server
	url     string
	owner   *drive.Client
	key     *drive.Client
	lanes   []*drive.Lane
	// whatsapp and database are the wires of a wired plan; database is nil on SQLite.
	whatsapp, database *drive.Proxy
	// databaseURL is PostgreSQL's without a proxy.
	databaseURL string
	// answers counts what the API said to the key.
	answers answers

	dir string
}

// open makes a world and links its numbers. It ends with the proof.
func (r *run) open(ctx context.Context, p plan) (*world, error) {
	w := &world{r: r, net: &sim.Network{BlindPhones: true}, dir: p.dir}
	if p.knobs != nil {
		p.knobs(w.net)
	}
	if err := w.net.Start(); err != nil {
		return nil, err
	}
	r.after(func() { _ = w.net.Close() })
	if err := w.start(ctx, p); err != nil {
		return nil, err
	}
	if err := w.setup(ctx); err != nil {
		return nil, err
	}
	return w, w.link(ctx, p.numbers, p.beat, 4)
}

// start starts the program with everything lifted that would only slow a proof down.
func (w *world) start(ctx context.Context, p plan) (err error) {
	settings, err := w.wires(ctx, p)
	if err != nil {
		return err
	}
	if w.dir == "" {
		if w.dir, err = os.MkdirTemp(w.r.dir, "world-"); err != nil {
			return err
		}
	}
	binary := p.binary
	if binary == "" {
		binary = w.r.binary
	}
	settings = append([]string{"--send.gap=0s", "--send.jitter=0s", "--number.pairings_per_hour=100000",
		"--number.max_per_workspace=100000", "--whatsapp.connects_per_second=0"}, append(settings, p.settings...)...)
	if p.disturb != nil {
		i := &inside{dir: w.dir, settings: settings, disturb: *p.disturb}
		w.r.after(i.Kill)
		w.program = i
		w.url, err = i.start(ctx)
		return err
	}
	ready, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	w.server, err = drive.Start(ready, drive.Options{Binary: binary, Dir: w.dir, Settings: settings, Env: p.env})
	if err != nil {
		return err
	}
	w.program, w.url = w.server, w.server.URL
	w.r.after(w.server.Kill)
	return nil
}

// wires are the settings that point the program at its network and its database, through proxies where the plan says so.
func (w *world) wires(ctx context.Context, p plan) ([]string, error) {
	settings := drive.Simulated(w.net)
	if p.wired {
		var err error
		if w.whatsapp, err = w.wire(w.net.URL()); err != nil {
			return nil, err
		}
		for i, s := range settings {
			settings[i] = strings.Replace(s, w.net.URL(), w.whatsapp.URL, 1)
		}
	}
	if w.r.engine != postgres {
		return settings, nil
	}
	url, err := w.r.postgres(ctx)
	if err != nil {
		return nil, err
	}
	w.databaseURL = url
	if p.password != "" {
		if url, err = withPassword(url, p.password); err != nil {
			return nil, err
		}
	}
	if p.wired {
		if w.database, err = w.wire(url); err != nil {
			return nil, err
		}
		url = w.database.URL
	}
	return append(settings, "--database.url="+url), nil
}

// withPassword is an address with a password that the server does not ask for.
func withPassword(address, password string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String(), nil
}

func (w *world) wire(target string) (*drive.Proxy, error) {
	x, err := drive.NewProxy(target)
	if err == nil {
		w.r.after(func() { _ = x.Close() })
	}
	return x, err
}

// postgres makes a fresh database that goes away with the proof.
func (r *run) postgres(ctx context.Context) (string, error) {
	url, drop, err := storetest.Fresh(ctx)
	if errors.Is(err, storetest.ErrNoServer) && os.Getenv("CI") != "true" {
		return "", fmt.Errorf("%w: %w", errSkipped, err)
	}
	if err != nil {
		return "", err
	}
	r.after(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_ = drop(ctx)
	})
	return url, nil
}

// setup makes the first person, and a key for programs.
func (w *world) setup(ctx context.Context) error {
	token, err := w.program.SetupToken()
	if err != nil {
		return err
	}
	w.owner = drive.NewClient(w.url)
	w.r.after(w.owner.Close)
	if err := w.owner.Setup(ctx, token, "ayu@example.com", "sebuah sandi yang panjang"); err != nil {
		return err
	}
	if w.key, err = w.owner.NewKey(ctx, "messages:send", "messages:read", "numbers:read", "events:read"); err == nil {
		w.key.OnAnswer = w.answers.note
		w.r.after(w.key.Close)
	}
	return err
}

// link adds so many numbers and pairs each with a phone of its own, whom one contact knows, so many of them at once.
func (w *world) link(ctx context.Context, numbers int, beat time.Duration, atOnce int) error {
	w.lanes = make([]*drive.Lane, numbers)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, atOnce))
	for i := range w.lanes {
		group.Go(func() error {
			n, err := w.owner.AddNumber(ctx, fmt.Sprintf("Toko %d", i))
			if err != nil {
				return err
			}
			phone := w.net.Account(fmt.Sprintf("62811%07d", i))
			w.lanes[i] = &drive.Lane{Number: n.ID, Account: phone, Contact: w.net.Contact(fmt.Sprintf("62857%07d", i)), Beat: beat}
			return w.owner.Pair(ctx, n.ID, phone)
		})
	}
	return group.Wait()
}

// talk lets messages go both ways on all lanes until the function that it returns is called, which tells what went wrong.
func (w *world) talk(ctx context.Context) (stop func() error) {
	traffic, cancel := context.WithCancel(ctx)
	group := new(errgroup.Group)
	for i, l := range w.lanes {
		group.Go(func() error {
			// One lane after the other, so that the beat of all is even.
			if !pause(traffic, l.Beat*time.Duration(i)/time.Duration(len(w.lanes))) {
				return nil
			}
			return l.Run(traffic, w.key)
		})
	}
	once := sync.OnceValue(func() error { cancel(); return group.Wait() })
	w.r.after(func() { _ = once() })
	return once
}

// promised is how many messages were promised so far, in and out.
func (w *world) promised() (in, out int) {
	for _, l := range w.lanes {
		in, out = in+l.Written(), out+l.Accepted()
	}
	return in, out
}

// online tells whether the simulator sees every number connected.
func (w *world) online() bool {
	for _, l := range w.lanes {
		some := l.Account.Companions()
		if len(some) == 0 || !some[0].Online {
			return false
		}
	}
	return true
}

// full waits until every number is connected and messages flow at their beat again: what was due half a second ago is there.
func (w *world) full(ctx context.Context) error {
	err := drive.Every(ctx, 100*time.Millisecond, func() (bool, error) {
		if !w.online() {
			return false, nil
		}
		due := time.Now().Add(-500 * time.Millisecond)
		for _, l := range w.lanes {
			if !l.Kept(w.net, due) {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("messages do not flow as before: %w", err)
	}
	return nil
}

// log looks for what may never be in the program's log.
func (w *world) log(row *row) error {
	log, err := w.program.Log()
	if err != nil {
		return err
	}
	for line := range strings.Lines(log) {
		for _, word := range []string{"panic", "DATA RACE", "fatal error:"} {
			row.keep(!strings.Contains(line, word), "in the log: %.300s", strings.TrimSpace(line))
		}
		if strings.Contains(line, "a request failed") && !strings.Contains(line, "the database cannot do this at the moment") {
			w.r.say("in the log: %.400s", strings.TrimSpace(line))
		}
	}
	return nil
}
