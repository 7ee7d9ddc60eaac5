package number

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// errEnded is what an order gets that came too late.
var errEnded = errors.New("the runner has ended")

// runner owns one number's link while the number is on. All of its fields but those under mu belong to its goroutine.
type runner struct {
	s      *Service
	ref    wa.NumberRef
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
	orders chan func()

	link  wa.Link
	proxy string // of link
	// on is whether the number should be connected; stop ends the runner after the current step.
	on, stop bool
	paired   bool
	dialing  bool
	// up since; zero while not logged in.
	up       time.Time
	attempts int
	slow     int    // logins in a row that took too long
	leave    func() // gives the admission slot back
	probing  bool
	refused  map[wa.Identity]time.Time // when WhatsApp refused a message to them as a new chat
	unsaved  *Transition
	due      deadlines
	told     observing
	// checking is closed when it is known whether the device is still linked; off is the state to return to then (see admit.go).
	checking chan struct{}
	off      *Transition

	mu      sync.Mutex
	number  Number
	view    *PairingView
	signals []wa.Signal
	news    chan struct{}

	activity atomic.Int64 // Unix ms of the last message
	touched  int64        // what was written of it
	detached bool         // the link was taken over: its lane must stay ours
}

// deadlines are when the runner wants to be woken; zero means never.
type deadlines struct {
	connect  time.Time // try to connect
	login    time.Time // give up on a connect that is not logged in
	life     time.Time // look for signs of life
	recycle  time.Time // open the connection anew
	save     time.Time // write a state that the database did not take
	resumeAt time.Time // a ban ends
	unlock   time.Time // the lock on new chats ends
}

func (d *deadlines) each() []*time.Time {
	return []*time.Time{&d.connect, &d.login, &d.life, &d.recycle, &d.save, &d.resumeAt, &d.unlock}
}

// next is the earliest deadline.
func (d *deadlines) next() (at time.Time, ok bool) {
	for _, t := range d.each() {
		if !t.IsZero() && (!ok || t.Before(at)) {
			at, ok = *t, true
		}
	}
	return at, ok
}

// passed reports, once, whether t is over.
func passed(t *time.Time, now time.Time) bool {
	if t.IsZero() || t.After(now) {
		return false
	}
	*t = time.Time{}
	return true
}

func newRunner(ctx context.Context, s *Service, n Number) *runner {
	r := &runner{s: s, ref: n.Ref(), number: n, paired: n.Paired, log: s.log.With("workspace", n.Workspace, "number", n.ID),
		done: make(chan struct{}), orders: make(chan func()), news: make(chan struct{}, 1)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.told.s = s
	return r
}

// run is the runner's goroutine.
func (r *runner) run(first func(*runner)) {
	defer close(r.done)
	defer r.s.ended(r)
	defer r.shut()
	first(r)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for r.on && !r.stop {
		wait := time.Hour
		if at, ok := r.due.next(); ok {
			wait = max(0, time.Until(at))
		}
		timer.Reset(wait)
		select {
		case <-r.ctx.Done():
			return
		case fn := <-r.orders:
			fn()
		case <-r.news:
			r.hearAll()
		case <-timer.C:
			r.wake(time.Now())
		}
	}
}

// shut closes the link and gives the number back.
func (r *runner) shut() {
	r.cancel()
	r.admitted()
	if r.checking != nil {
		close(r.checking)
	}
	r.told.gone(r.ref)
	if r.link != nil {
		r.link.Close()
	}
	r.told.wait(stopTimeout)
	if r.detached {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := r.s.store.Release(ctx, r.ref); err != nil {
		r.log.Info("the lease of a number was not given back", "error", err)
	}
}

// do runs fn on the runner's goroutine.
func (r *runner) do(ctx context.Context, fn func(*runner) error) error {
	result := make(chan error, 1)
	select {
	case r.orders <- func() { result <- fn(r) }:
	case <-r.done:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// later runs fn on the runner's goroutine once what was started there has ended. It never blocks the caller for good.
func (r *runner) later(fn func()) {
	select {
	case r.orders <- fn:
	case <-r.ctx.Done():
	}
}

// signal takes a signal from the provider. It never blocks.
func (r *runner) signal(s wa.Signal) {
	r.mu.Lock()
	r.signals = append(r.signals, s)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *runner) hearAll() {
	r.mu.Lock()
	heard := r.signals
	r.signals = nil
	r.mu.Unlock()
	for _, s := range heard {
		if !r.stop {
			r.hear(s)
		}
	}
}

func (r *runner) snapshot() Number {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.number
}

// move writes a state. When the database does not take it, it is tried again every second; when the number is somebody else's now, the runner ends.
func (r *runner) move(t Transition) {
	t.Until = t.Until.Truncate(time.Millisecond)
	r.unsaved, r.due.save = nil, time.Time{}
	ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
	defer cancel()
	n, err := r.s.store.Move(ctx, r.ref, t)
	switch {
	case err == nil:
		n.Epoch = r.ref.Epoch
		r.mu.Lock()
		r.number = n
		r.mu.Unlock()
	case fault.CodeOf(err) == fault.Conflict || fault.CodeOf(err) == fault.NotFound:
		r.log.Info("this number is no longer run here", "reason", fault.ReasonOf(err))
		r.stop = true
	case r.ctx.Err() == nil:
		r.log.Warn("a number's state could not be written; trying again", "state", t.State, "error", err)
		r.unsaved, r.due.save = &t, time.Now().Add(time.Second)
		r.mu.Lock()
		t.Apply(&r.number)
		r.mu.Unlock()
	}
}

// touch writes when the last message was, at most once a minute, and at once a new name of the account.
func (r *runner) touch(p wa.Person) {
	at := r.activity.Load()
	if p.PushName == "" && (at == 0 || at-r.touched < time.Minute.Milliseconds()) {
		return
	}
	r.touched = at
	if err := r.s.store.Touch(r.ctx, r.ref, time.UnixMilli(at), p); err != nil && r.ctx.Err() == nil {
		r.log.Info("the last activity was not written", "error", err)
	}
}
