package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	sdk "github.com/pusher/pusher-http-go/v5"

	"github.com/sapa-chat/sapa/bench/crowd"
)

// The goals of issue 3 for realtime.
const (
	goalOpened = 5000                   // sockets a second
	goalSocket = 30                     // kB for each idle socket
	goalFanOut = 200 * time.Millisecond // p99 from the call to every socket
)

const (
	spareFiles = 500 // that a process needs besides its sockets
	eventSize  = 500 // bytes of data
	eventGap   = 500 * time.Millisecond
	drainTime  = 20 * time.Second // http.drain_timeout
)

// stage is the crowd of the rows sockets/, with what it needs to be told events.
type stage struct {
	crowd   *crowd.Crowd
	app     sdk.Client
	channel string
	sent    int // events
}

// sockets opens many sockets of a workspace.
func (w *world) sockets(ctx context.Context, r *report) error {
	n, err := w.socketsAllowed(r)
	if err != nil {
		return err
	}
	empty, err := w.settled(ctx)
	if err != nil {
		return err
	}
	program, own, err := w.spent()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := w.fill(ctx, n); err != nil {
		return err
	}
	took := time.Since(begun)
	program2, own2, err := w.spent()
	if err != nil {
		return err
	}
	r.least(fmt.Sprintf("opened and subscribed a second, %d sockets", n), float64(n)/took.Seconds(), goalOpened, "%.0f")
	each := func(d time.Duration) float64 { return ms(d) / float64(n) }
	r.note("processor time per socket opened and subscribed", "%.3f ms the program, %.3f ms the clients", each(program2-program), each(own2-own))
	full, err := w.settled(ctx)
	if err != nil {
		return err
	}
	r.most("resident memory for each idle socket", float64(full-empty)/1000/float64(n), goalSocket, "%.1f kB")
	return nil
}

// socketsAllowed is how many sockets the limit of open files lets both processes have, at most what was asked for.
func (w *world) socketsAllowed(r *report) (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	n := min(w.set.sockets, int(limit.Max)-spareFiles) //nolint:gosec // far below
	if n < w.set.sockets {
		r.note("sockets", "%d instead of %d: the limit of open files is %d here", n, w.set.sockets, limit.Max)
	}
	return n, nil
}

func (w *world) spent() (program, own time.Duration, err error) {
	if program, err = processorTime(w.server.PID()); err == nil {
		own, err = processorTime(0)
	}
	return program, own, err
}

// fill opens n sockets on the channel of the workspace's events.
func (w *world) fill(ctx context.Context, n int) error {
	var app struct {
		ID     string `json:"app_id"`
		Key    string `json:"key"`
		Secret string `json:"secret"`
	}
	var about struct{ Channel string }
	if err := w.admin.Do(ctx, http.MethodGet, "/v1/realtime/app", nil, &app); err != nil {
		return err
	}
	if err := w.admin.Do(ctx, http.MethodGet, "/v1/realtime", nil, &about); err != nil {
		return err
	}
	host := strings.TrimPrefix(w.server.URL, "http://")
	at, err := netip.ParseAddrPort(host)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s := &stage{app: sdk.Client{AppID: app.ID, Key: app.Key, Secret: app.Secret, Host: host, HTTPClient: &http.Client{Timeout: 10 * time.Second}},
		channel: about.Channel}
	s.crowd, err = crowd.Open(ctx, crowd.Options{Server: at, Key: app.Key, Secret: app.Secret, Channel: about.Channel, Sockets: n})
	if err != nil {
		return err
	}
	w.stage = s
	w.closes = append(w.closes, func() error { s.crowd.Close(); return nil })
	return nil
}

// staged is the crowd, opened now when its own row was left out.
func (w *world) staged(ctx context.Context, r *report) (*stage, int, error) {
	n, err := w.socketsAllowed(r)
	if err == nil && w.stage == nil {
		err = w.fill(ctx, n)
	}
	return w.stage, n, err
}

// toAll publishes events, first one at a time and then many without a pause.
func (w *world) toAll(ctx context.Context, r *report) error {
	s, n, err := w.staged(ctx, r)
	if err != nil {
		return err
	}
	if err := s.publish(ctx, n, 3, eventGap); err != nil { // the first wakes everybody's stacks
		return err
	}
	s.crowd.Took()
	program, own, err := w.spent()
	if err != nil {
		return err
	}
	if err := s.publish(ctx, n, w.set.events, eventGap); err != nil {
		return err
	}
	program2, own2, err := w.spent()
	if err != nil {
		return err
	}
	took := s.crowd.Took()
	slices.Sort(took)
	r.latency(fmt.Sprintf("one event of %d bytes to %d sockets, from the call to each", eventSize, n), took, goalFanOut)
	r.note("the slowest of them", "%.1f ms, of %d events", ms(at(took, 1)), w.set.events)
	per := func(d time.Duration) float64 { return ms(d) * 1000 / float64(len(took)) }
	r.note("processor time per event and socket", "%.1f µs the program, %.1f µs the clients", per(program2-program), per(own2-own))
	begun := time.Now()
	if err := s.publish(ctx, n, w.set.events, 0); err != nil {
		return err
	}
	r.note(fmt.Sprintf("%d events without a pause, all with everybody after", w.set.events), "%.2f s", time.Since(begun).Seconds())
	now := s.crowd.Count()
	r.zero("events lost", s.sent*n-now.Arrived)
	r.zero("events out of order", now.Disordered)
	return nil
}

// publish sends events, with a gap between two, and waits until everybody has them, for half a minute at most.
func (s *stage) publish(ctx context.Context, sockets, events int, gap time.Duration) error {
	for range events {
		s.sent++
		if err := s.app.Trigger(s.channel, crowd.Event, crowd.Data(s.sent, time.Now(), eventSize)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		if gap > 0 {
			if err := pause(ctx, gap, nil); err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_ = s.crowd.Wait(ctx, func(c crowd.Count) bool { return c.Arrived >= s.sent*sockets }) // what is missing is told below
	return nil
}

// socketsDrain stops the program and looks at how the closes are spread.
func (w *world) socketsDrain(ctx context.Context, r *report) error {
	s, n, err := w.staged(ctx, r)
	if err != nil {
		return err
	}
	if err := w.server.Stop(ctx); err != nil {
		return w.withLog(err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.crowd.Wait(short, func(c crowd.Count) bool { return c.Ended == n }); err != nil {
		return err
	}
	ends := s.crowd.Ends()
	other := 0
	for _, e := range ends {
		if e.Code != 4200 {
			other++
		}
	}
	spread := min(drainTime, time.Duration(n)*3*time.Millisecond)
	r.note(fmt.Sprintf("a stop with %d sockets: from the first close to the last", n), "%.1f s", ends[len(ends)-1].At.Sub(ends[0].At).Seconds())
	r.most("most closes within one second", float64(busiest(ends, time.Second)), 2*float64(n)/max(1, spread.Seconds()), "%.0f")
	r.zero("closed otherwise than with 4200, come back", other)
	_, err = w.server.Launch(ctx)
	return err
}

// busiest is how many closes the busiest span of time has.
func busiest(ends []crowd.End, span time.Duration) (most int) {
	first := 0
	for i, e := range ends {
		for e.At.Sub(ends[first].At) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
