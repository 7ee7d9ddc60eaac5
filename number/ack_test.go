package number_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// failing is a device store whose calls can be made to fail, once each.
type failing struct {
	web.DeviceStore
	mu    sync.Mutex
	calls int
	at    int // the call to fail; 0: none
}

// arm makes the n-th call from now on fail.
func (f *failing) arm(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.at = 0, n
}

func (f *failing) made() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *failing) trouble() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.at != 0 && f.calls == f.at {
		return errTrouble
	}
	return nil
}

func (f *failing) Read(ctx context.Context, n wa.NumberRef, k web.Kind, names ...string) (map[string][]byte, error) {
	if err := f.trouble(); err != nil {
		return nil, err
	}
	return f.DeviceStore.Read(ctx, n, k, names...)
}

func (f *failing) Scan(ctx context.Context, n wa.NumberRef, k web.Kind, prefix string) (map[string][]byte, error) {
	if err := f.trouble(); err != nil {
		return nil, err
	}
	return f.DeviceStore.Scan(ctx, n, k, prefix)
}

func (f *failing) Write(ctx context.Context, n wa.NumberRef, b web.Batch) error {
	if err := f.trouble(); err != nil {
		return err
	}
	return f.DeviceStore.Write(ctx, n, b)
}

func (f *failing) LIDs(ctx context.Context, ws string, phones ...string) (map[string]string, error) {
	if err := f.trouble(); err != nil {
		return nil, err
	}
	return f.DeviceStore.LIDs(ctx, ws, phones...)
}

func (f *failing) Phones(ctx context.Context, ws string, lids ...string) (map[string]string, error) {
	if err := f.trouble(); err != nil {
		return nil, err
	}
	return f.DeviceStore.Phones(ctx, ws, lids...)
}

// traffic lets a new contact and an old one write to the number while the number writes to the new one, and waits until all of it has come.
func (w *world) traffic(id string, phone *sim.Account, round int) {
	w.t.Helper()
	ctx := simtest.Context(w.t)
	fresh, old := w.net.Contact(fmt.Sprintf("62813100%05d", round)), w.net.Contact("6281300000001")
	var want []string
	for i := range 3 {
		for _, c := range []*sim.Contact{fresh, old} {
			text := fmt.Sprintf("%s round %d message %d", c.Phone(), round, i)
			_, err := c.Write(ctx, phone, text)
			require.NoError(w.t, err)
			want = append(want, text)
		}
		if i == 1 {
			w.sendUntilTaken(id, fresh, fmt.Sprintf("3EB0%016d", round))
		}
	}
	require.Eventually(w.t, func() bool {
		got := w.received()
		return !slices.ContainsFunc(want, func(text string) bool { return !slices.Contains(got, text) })
	}, patience, 5*time.Millisecond)
	for _, c := range []*sim.Contact{fresh, old} {
		require.Equal(w.t, withPrefix(want, c.Phone()+" "), withPrefix(w.received(), fmt.Sprintf("%s round %d ", c.Phone(), round)), "each once, in order")
	}
}

// sendUntilTaken sends one text with one id until WhatsApp has taken it, as the outbox does, and checks that the contact has it once.
func (w *world) sendUntilTaken(id string, to *sim.Contact, messageID string) {
	w.t.Helper()
	out := wa.Outgoing{ID: messageID, To: wa.Identity{Phone: wa.PhoneFromDigits(to.Phone())}, Text: "answer " + messageID}
	require.Eventually(w.t, func() bool {
		link := w.ready.link(id)
		if link == nil {
			return false
		}
		ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
		defer cancel()
		_, err := link.Send(ctx, out)
		return err == nil
	}, patience, 20*time.Millisecond)
	_, err := to.WaitFor(simtest.Context(w.t), sim.Text(out.Text))
	require.NoError(w.t, err)
}

func withPrefix(all []string, prefix string) (some []string) {
	for _, s := range all {
		if strings.HasPrefix(s, prefix) {
			some = append(some, s)
		}
	}
	return some
}

// judge checks the network's own ledger: nothing lost, nothing out of order.
func (w *world) judge(phone *sim.Account) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.net.Ledger.To(phone.Phone()).Missing == 0 }, patience, 5*time.Millisecond)
	sum := w.net.Ledger.To(phone.Phone())
	require.Zero(w.t, sum.OutOfOrder)
	require.Zero(w.t, sum.Lost)
	require.Equal(w.t, sum.Sent, len(w.received()))
	out := w.net.Ledger.From(phone.Phone())
	require.Zero(w.t, out.Missing)
	require.Zero(w.t, out.Duplicates)
}

func TestEveryDeviceStoreCallMayFailAndNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		w.hears(phone, "warm")
		f := w.failing
		for call := 1; ; call++ {
			f.arm(call)
			phone.Cut() // so that opening the device is part of it
			w.traffic(n.ID, phone, call)
			if f.made() < call {
				require.Greater(t, call, 5, "the device store is used")
				break
			}
		}
		f.arm(0)
		w.judge(phone)
	}, func(w *world) {
		w.limits.BackoffBase, w.limits.BackoffCap = time.Millisecond, 5*time.Millisecond // every call that fails costs a reconnect
		w.devices = func(s web.DeviceStore) web.DeviceStore {
			w.failing = &failing{DeviceStore: s}
			return w.failing
		}
	})
}

func TestTheInboxMayFailOrPanicAndNothingIsLost(t *testing.T) {
	for name, trouble := range map[string]func() error{
		"an error": func() error { return errTrouble },
		"a panic":  func() error { panic("the test's panic") },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, phone := w.linked()
				for at := 1; at <= 4; at++ {
					left := at
					w.inbox.setTrouble(func(wa.Incoming) error {
						if left--; left == 0 {
							return trouble()
						}
						return nil
					})
					w.traffic(n.ID, phone, at)
				}
				w.inbox.setTrouble(nil)
				w.judge(phone)
			})
		})
	}
}
