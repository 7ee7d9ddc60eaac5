package number_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/wa"
)

// refused scans and checks that the phone was refused because it is linked to another number here.
func (w *world) refusedAsLinked(n number.Number, phone *sim.Account) {
	w.t.Helper()
	_ = phone.Scan(simtest.Context(w.t), w.qr(n))
	v := w.step(n, number.StepFailed)
	require.Equal(w.t, "phone_already_linked", v.Failure.Reason)
	require.Contains(w.t, v.Failure.Message, "Linked devices")
	w.state(n, number.Created)
}

func TestACustomerChangesAgency(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		phone := w.net.Account("6281200000001")
		old := w.pair(w.create(w.workspace(5)), phone)
		next := w.create(w.workspace(5))

		w.refusedAsLinked(next, phone)
		require.Equal(t, number.Connected, w.state(old, number.Connected).State, "the old agency's number goes on")

		require.NoError(t, phone.Unlink(linkedDevice(t, phone)))
		w.state(old, number.LoggedOut)
		w.pair(next, phone)

		_, err := w.numbers.Connect(t.Context(), old.Workspace, old.ID)
		require.Equal(t, "not_linked", fault.ReasonOf(err))
		w.refusedAsLinkedAgain(old, phone)
	})
}

// refusedAsLinkedAgain is refusedAsLinked for a number that had a phone before.
func (w *world) refusedAsLinkedAgain(n number.Number, phone *sim.Account) {
	w.t.Helper()
	_ = phone.Scan(simtest.Context(w.t), w.qr(n))
	require.Equal(w.t, "phone_already_linked", w.step(n, number.StepFailed).Failure.Reason)
	w.state(n, number.LoggedOut)
}

func TestAnOldLinkThatWasRemovedWhileItsNumberWasOffDoesNotBlock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		phone := w.net.Account("6281200000001")
		old := w.pair(w.create(w.workspace(5)), phone)
		next := w.create(w.workspace(5))
		_, err := w.numbers.Disconnect(t.Context(), old.Workspace, old.ID)
		require.NoError(t, err)

		w.refusedAsLinked(next, phone)
		require.False(t, w.state(old, number.Paused).Enabled, "asking did not turn it on")

		require.NoError(t, phone.Unlink(linkedDevice(t, phone)))
		w.pair(next, phone)
		w.state(old, number.LoggedOut)
	})
}

func TestADeletedNumberFreesItsPhone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, phone := w.linked()
		require.NoError(t, w.numbers.Delete(t.Context(), old.Workspace, old.ID))
		require.Empty(t, phone.Companions(), "the device was unlinked")
		_, err := w.numbers.Get(t.Context(), old.Workspace, old.ID)
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		w.pair(w.create(w.workspace(5)), phone)
	})
}

func linkedDevice(t *testing.T, phone *sim.Account) int {
	t.Helper()
	devices := phone.Companions()
	require.NotEmpty(t, devices)
	return devices[0].Device
}

// hanging is a provider that, once told so, hangs until the test ends when it should forget a number.
type hanging struct {
	number.Provider
	w *world
}

func (h hanging) Forget(ctx context.Context, n wa.NumberRef) error {
	if h.w.hang.Load() {
		<-h.w.t.Context().Done()
		return errTrouble
	}
	return h.Provider.Forget(ctx, n)
}

// How long that takes is up to the limits, whose defaults have a test of their own.
func TestDeletingEndsWhateverHangs(t *testing.T) {
	for name, c := range map[string]struct {
		hang   func(w *world, n number.Number)
		limits func(*number.Limits) // what ends the wait
		gone   bool
	}{
		"WhatsApp": {func(w *world, _ number.Number) { w.net.SetFaults(func(f *sim.Faults) { f.Stall = true }) },
			func(l *number.Limits) { l.GoodbyeTimeout = 500 * time.Millisecond }, true},
		"the provider": {func(w *world, n number.Number) {
			_, err := w.numbers.Disconnect(w.t.Context(), n.Workspace, n.ID)
			require.NoError(w.t, err)
			w.net.SetFaults(func(f *sim.Faults) { f.Down = true })
			w.hang.Store(true)
		}, func(l *number.Limits) { l.DeleteTimeout = 4 * time.Second }, false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, _ := w.linked()
				c.hang(w, n)
				require.NoError(t, w.numbers.Delete(t.Context(), n.Workspace, n.ID))
				got, err := w.numbers.Get(t.Context(), n.Workspace, n.ID)
				if c.gone {
					require.Equal(t, fault.NotFound, fault.CodeOf(err), "the keys are gone, though WhatsApp did not answer")
				} else {
					require.Equal(t, number.Deleting, got.State, "it goes on in the background")
				}
			}, func(w *world) {
				w.wrap = func(p number.Provider) number.Provider { return hanging{p, w} }
				c.limits(&w.limits)
			})
		})
	}
}

func TestADeletionThatACrashInterruptedIsFinished(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		w.stop()
		_, err := w.store().MarkDeleting(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		w.start()
		require.Eventually(t, func() bool {
			_, err := w.numbers.Get(t.Context(), n.Workspace, n.ID)
			return fault.CodeOf(err) == fault.NotFound
		}, patience, 5*time.Millisecond)
		require.Empty(t, phone.Companions(), "WhatsApp was told")
	})
}

func TestAPairingThatACrashInterruptedIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		w.qr(n)
		w.stop()
		w.start()
		require.Equal(t, number.CausePairingEnded, w.state(n, number.Created).Cause)
		w.pair(n, w.net.Account("6281200000001"))
	})
}
