package number_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/wa"
)

// looks is a store that counts the regular looks for numbers to run and the alerts opened, and tells when a person's change was written.
type looks struct {
	number.Store
	begun   atomic.Int64
	found   atomic.Int64 // numbers, by the last look
	node    atomic.Value // that looked last
	opened  atomic.Int64
	written func()
}

func (l *looks) Alert(ctx context.Context, name string, open bool, d event.Draft) error {
	err := l.Store.Alert(ctx, name, open, d)
	if open && err == nil {
		l.opened.Add(1)
	}
	return err
}

func (l *looks) Update(ctx context.Context, workspace, id string, c number.Change) (number.Number, error) {
	n, err := l.Store.Update(ctx, workspace, id, c)
	if l.written != nil {
		l.written()
	}
	return n, err
}

func (l *looks) Waiting(ctx context.Context, node string, known func(string) bool) ([]number.Number, error) {
	l.begun.Add(1)
	found, err := l.Store.Waiting(ctx, node, known)
	l.found.Store(int64(len(found)))
	l.node.Store(node)
	return found, err
}

// pass waits until a look that began after the call has ended.
func (l *looks) pass(t *testing.T) {
	t.Helper()
	next := l.begun.Load() + 2
	require.Eventually(t, func() bool { return l.begun.Load() >= next }, patience, time.Millisecond)
}

// pausing is a provider that counts its links, which call between before and after they log out.
type pausing struct {
	number.Provider
	opened  *atomic.Int64
	between func()
}

func (p pausing) Open(ctx context.Context, s wa.Spec, r wa.Receiver) (wa.Link, error) {
	p.opened.Add(1)
	link, err := p.Provider.Open(ctx, s, r)
	return pausingLink{link, p.between}, err
}

type pausingLink struct {
	wa.Link
	between func()
}

func (l pausingLink) Logout(ctx context.Context) error {
	l.between()
	err := l.Link.Logout(context.WithoutCancel(ctx))
	l.between()
	return err
}

// A thousand numbers that run are looked at every five seconds.
func TestALookBringsOnlyWhatDoesNotRun(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.linked()
		w.looks.pass(t)
		require.Zero(t, w.looks.found.Load())
		found, err := w.looks.Store.Waiting(t.Context(), w.looks.node.Load().(string), func(string) bool { return false })
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, n.ID, found[0].ID)
	}, func(w *world) {
		w.limits.Look = 5 * time.Millisecond
		w.looks = &looks{}
	})
}

// While a logout is under way the number has no runner and still looks, in the database, as one that should run.
func TestANumberThatIsBeingLoggedOutIsNotTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		moments := 0
		w.between = func() {
			moments++
			w.looks.pass(t)
			require.Empty(t, w.numbers.Stats().ByState, "the regular look started it again")
			require.EqualValues(t, 1, w.opened.Load(), "the regular look opened another link")
			_, err := w.numbers.Connect(t.Context(), n.Workspace, n.ID)
			require.Contains(t, []string{"number_busy", "not_linked"}, fault.ReasonOf(err), "a person neither")
		}
		_, err := w.numbers.Logout(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		require.Equal(t, 2, moments)
		require.Empty(t, phone.Companions(), "WhatsApp was told")

		w.looks.pass(t)
		got, err := w.numbers.Get(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		require.Equal(t, number.LoggedOut, got.State)
		require.Equal(t, number.CausePerson, got.Cause)
		require.NoError(t, phone.Scan(simtest.Context(t), w.qr(n)), "and it can be paired again")
		w.state(n, number.Connected)
	}, func(w *world) {
		w.limits.Look = 5 * time.Millisecond
		w.looks = &looks{}
		w.wrap = func(p number.Provider) number.Provider { return pausing{p, &w.opened, func() { w.between() }} }
	})
}

// slowly is a provider whose links, once paired, do not connect again before the gate opens.
type slowly struct {
	number.Provider
	gate <-chan struct{}
}

func (p slowly) Open(ctx context.Context, s wa.Spec, r wa.Receiver) (wa.Link, error) {
	link, err := p.Provider.Open(ctx, s, r)
	return &slowLink{Link: link, gate: p.gate}, err
}

type slowLink struct {
	wa.Link
	gate  <-chan struct{}
	tries atomic.Int64
}

func (l *slowLink) Connect(ctx context.Context) error {
	if l.tries.Add(1) > 1 {
		select {
		case <-l.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return l.Link.Connect(ctx)
}

// A number that the phone has just linked has an open pairing that nobody can cancel any more: what a person wants then does not wait for it.
func TestWhatAPersonEndsRightAfterThePairingEndsAtOnce(t *testing.T) {
	gate := make(chan struct{})
	t.Cleanup(func() { close(gate) })
	for name, end := range map[string]func(w *world, n number.Number) (number.Number, error){
		"disconnect": func(w *world, n number.Number) (number.Number, error) {
			return w.numbers.Disconnect(simtest.Context(w.t), n.Workspace, n.ID)
		},
		"logout": func(w *world, n number.Number) (number.Number, error) {
			return w.numbers.Logout(simtest.Context(w.t), n.Workspace, n.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n := w.create(w.workspace(5))
				require.NoError(t, w.net.Account("6281200000001").Scan(simtest.Context(t), w.qr(n)))
				require.True(t, w.step(n, number.StepLinking).Open)
				got, err := end(w, n)
				require.NoError(t, err, "it waited for a pairing that goes on")
				require.Equal(t, number.CausePerson, got.Cause)
				require.False(t, got.Enabled)
			}, func(w *world) {
				w.limits.GoodbyeTimeout, w.limits.PairedTimeout = 500*time.Millisecond, time.Hour
				w.wrap = func(p number.Provider) number.Provider { return slowly{p, gate} }
			})
		})
	}
}

func TestAChangeThatMeetsANumberJustEndingIsMade(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.linked()
		ending, written, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		require.Eventually(t, func() bool { return w.ready.link(n.ID) != nil }, patience, time.Millisecond)
		w.ready.mu.Lock()
		w.ready.leaving = func() { close(ending); <-written }
		w.ready.mu.Unlock()
		w.looks.written = func() { close(written) }
		go func() { _, err := w.numbers.Disconnect(t.Context(), n.Workspace, n.ID); ended <- err }()
		<-ending
		name := "Branch"
		got, err := w.numbers.Update(t.Context(), n.Workspace, n.ID, number.Change{Name: &name})
		require.NoError(t, err)
		require.Equal(t, "Branch", got.Name)
		require.NoError(t, <-ended)
	}, func(w *world) { w.looks = &looks{} })
}
