package number_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
)

// guarded is a provider that refuses every proxy, as wa/web does one in a network where none may be, and counts the tries.
type guarded struct {
	number.Provider
	tries *atomic.Int64
}

func (g guarded) Open(ctx context.Context, s wa.Spec, r wa.Receiver) (wa.Link, error) {
	link, err := g.Provider.Open(ctx, s, r)
	if s.Proxy != "" {
		link = forbidden{link, g.tries}
	}
	return link, err
}

type forbidden struct {
	wa.Link
	tries *atomic.Int64
}

func (f forbidden) Connect(context.Context) error {
	f.tries.Add(1)
	return fmt.Errorf("connect: %w", fault.Errorf(fault.Forbidden, "the proxy is not on the public internet").Because(wa.ProxyForbidden))
}

// why waits until the number tries to connect and cannot for a cause, in state and event.
func (w *world) why(n number.Number, cause string) (got number.Number) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		got = w.state(n, number.Connecting)
		return got.Cause == cause
	}, patience, 5*time.Millisecond, "it never said %s", cause)
	require.Eventually(w.t, func() bool {
		return slices.ContainsFunc(w.events(n.Workspace, event.NumberState), func(e event.Envelope) bool {
			return strings.Contains(string(e.Data), fmt.Sprintf("%q:%q", "cause", cause))
		})
	}, patience, 5*time.Millisecond, "no event told of %s", cause)
	return got
}

func TestAForbiddenProxyIsSaidAndNotTriedOnAndOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.linked()
		proxy, none := "socks5://user:secret@10.0.0.1:1080", ""
		_, err := w.numbers.Update(t.Context(), n.Workspace, n.ID, number.Change{Proxy: &proxy})
		require.NoError(t, err)
		got := w.why(n, number.CauseProxy)
		require.Contains(t, got.Text, "number.proxy_networks", "what the operator can do")
		require.NotContains(t, got.Text, "secret")
		require.Zero(t, w.numbers.Stats().Links)
		require.Never(t, func() bool { return w.opened.Load() > 1 }, 2*w.limits.BackoffCap, 10*time.Millisecond, "only a change helps")

		_, err = w.numbers.Update(t.Context(), n.Workspace, n.ID, number.Change{Proxy: &none})
		require.NoError(t, err)
		w.state(n, number.Connected) // at once, without the wait between two tries
	}, func(w *world) { w.wrap = func(p number.Provider) number.Provider { return guarded{p, &w.opened} } })
}

// holding is a provider whose links, once told so, are held when they connect or disconnect.
type holding struct {
	number.Provider
	w  *world
	at string // "connect" or "disconnect"
}

func (h holding) Open(ctx context.Context, s wa.Spec, r wa.Receiver) (wa.Link, error) {
	link, err := h.Provider.Open(ctx, s, r)
	return heldLink{link, h}, err
}

func (h holding) hold(at string) {
	if at == h.at && h.w.hang.CompareAndSwap(true, false) {
		close(h.w.busy)
		<-h.w.free
	}
}

type heldLink struct {
	wa.Link
	h holding
}

func (l heldLink) Connect(ctx context.Context) error {
	l.h.hold("connect")
	return l.Link.Connect(ctx)
}

func (l heldLink) Disconnect() {
	l.h.hold("disconnect")
	l.Link.Disconnect()
}

func TestAChangeOfANumberThatIsBusyIsNotLost(t *testing.T) {
	for _, at := range []string{"connect", "disconnect"} {
		t.Run(at, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, _ := w.linked()
				free := sync.OnceFunc(func() { close(w.free) })
				defer free()
				w.hang.Store(true)
				restarted := make(chan error, 1)
				go func() { _, err := w.numbers.Restart(t.Context(), n.Workspace, n.ID); restarted <- err }()
				<-w.busy
				proxy := "socks5://10.0.0.1:1080"
				_, err := w.numbers.Update(t.Context(), n.Workspace, n.ID, number.Change{Proxy: &proxy})
				require.NoError(t, err, "it is written")
				free()
				require.NoError(t, <-restarted)
				w.why(n, number.CauseProxy)
			}, func(w *world) {
				w.busy, w.free = make(chan struct{}), make(chan struct{})
				w.wrap = func(p number.Provider) number.Provider { return guarded{holding{p, w, at}, &w.opened} }
			})
		})
	}
}

func TestAPairingThroughAForbiddenProxySaysSo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ws := w.workspace(5)
		n, err := w.numbers.Create(t.Context(), ws, number.Draft{Name: "Shop", Proxy: "http://127.0.0.1:3128"})
		require.NoError(t, err)
		_, err = w.numbers.Pair(t.Context(), ws, n.ID, number.MethodQR, "")
		require.NoError(t, err)
		v := w.step(n, number.StepFailed)
		require.Equal(t, number.CauseProxy, v.Failure.Reason)
		require.Contains(t, v.Failure.Message, "number.proxy_networks")
		none := ""
		_, err = w.numbers.Update(t.Context(), ws, n.ID, number.Change{Proxy: &none})
		require.NoError(t, err)
		w.pair(n, w.net.Account("6281200000001"))
	}, func(w *world) { w.wrap = func(p number.Provider) number.Provider { return guarded{p, &w.opened} } })
}

func TestANumberIsNotTakenUpWithoutMemoryForIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		w.stop()
		w.limits.MemoryBytes = 1
		w.start()
		got := w.why(n, number.CauseInstallation)
		require.Contains(t, got.Text, "no memory")
		require.True(t, got.Enabled, "it is still wanted")
		require.Zero(t, w.numbers.Stats().Links)
		require.False(t, phone.Companions()[0].Online, "WhatsApp was not asked")

		other := w.create(n.Workspace)
		_, err := w.numbers.Pair(t.Context(), other.Workspace, other.ID, number.MethodQR, "")
		require.NoError(t, err)
		v := w.step(other, number.StepFailed)
		require.Equal(t, number.CauseInstallation, v.Failure.Reason, "and not that WhatsApp could not be reached")
		require.Contains(t, v.Failure.Message, "no memory")

		w.stop()
		w.limits.MemoryBytes = 0
		w.start()
		w.state(n, number.Connected)
	})
}
