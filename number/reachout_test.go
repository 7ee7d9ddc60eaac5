package number_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/wa"
)

// locked waits until the number stands and shows a lock on new chats with a code.
func (w *world) locked(n number.Number, code string) (got number.Number) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var err error
		got, err = w.numbers.Get(w.t.Context(), n.Workspace, n.ID)
		return err == nil && w.numbers.Stats().Links == 1 && got.State == number.Degraded && got.Cause == number.CauseReachout && got.Code == code
	}, patience, 5*time.Millisecond, "it never showed the lock %s: %+v", code, got)
	return got
}

// refuseNew lets the number write to somebody as WhatsApp refuses new chats.
func (w *world) refuseNew(n number.Number, phone *sim.Account, to string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.ready.link(n.ID) != nil }, patience, time.Millisecond)
	phone.SetFaults(func(f *sim.Faults) { f.SendError, f.SendErrorCold = 463, true })
	w.net.Contact(to)
	_, err := w.ready.link(n.ID).Send(w.t.Context(), wa.Outgoing{ID: "3EB0" + to, To: wa.Identity{Phone: wa.PhoneFromDigits(to)}, Text: "Promo!"})
	require.Equal(w.t, wa.Locked, wa.OutcomeOf(err))
}

var lock = sim.Timelock{Active: true, Enforcement: "RESTRICT_ALL_COMPANIONS"}

// during is lock with its end.
func during(d time.Duration) sim.Timelock {
	l := lock
	l.Ends = time.Now().Add(d).Truncate(time.Second)
	return l
}

func TestALockOnNewChatsIsShownWithItsEndUntilItIsLifted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		l := during(6 * 24 * time.Hour)
		phone.Timelock(l)
		got := w.locked(n, "RESTRICT_ALL_COMPANIONS")
		require.True(t, l.Ends.Equal(got.Until), "%s is not %s", got.Until, l.Ends)
		require.Contains(t, got.Text, "new contacts")
		require.True(t, got.Ready(), "chats with others go on")
		w.hears(phone, "still here")

		var told number.StateEvent
		require.Eventually(t, func() bool {
			all := w.events(n.Workspace, event.NumberState)
			return json.Unmarshal(all[len(all)-1].Data, &told) == nil && told.Cause == number.CauseReachout
		}, patience, 5*time.Millisecond)
		require.Equal(t, number.Connected, told.Previous)
		require.True(t, l.Ends.Equal(*told.Until))

		phone.Timelock(sim.Timelock{}) // says nothing
		w.hears(phone, "after the empty one")
		w.locked(n, "RESTRICT_ALL_COMPANIONS")

		w.stop() // it outlives connections and the program
		w.start()
		require.True(t, l.Ends.Equal(w.locked(n, "RESTRICT_ALL_COMPANIONS").Until))

		phone.Timelock(sim.Timelock{Enforcement: "DEFAULT"})
		got = w.state(n, number.Connected)
		require.Empty(t, got.Cause)
		require.Zero(t, got.Until)
		require.Zero(t, got.Reachout)
	})
}

func TestALockOnNewChatsEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		phone.Timelock(during(time.Hour))
		w.locked(n, "RESTRICT_ALL_COMPANIONS")
		l := during(3 * time.Second) // WhatsApp makes it shorter; on a busy machine it may be over before anybody sees that
		phone.Timelock(l)
		w.state(n, number.Connected)
		require.False(t, time.Now().Before(l.Ends), "it was shown as over before it was")
		phone.Timelock(during(-time.Minute))
		w.hears(phone, "a lock of the past is none")
		require.Equal(t, number.Connected, w.state(n, number.Connected).State)
	})
}

func TestALockWithoutAnEndIsLookedAtAgainAfterADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		phone.Timelock(lock)
		require.WithinDuration(t, time.Now().Add(24*time.Hour), w.locked(n, "RESTRICT_ALL_COMPANIONS").Until, time.Minute)
	})
}

func TestRefusedNewChatsAreALockToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		for i, rest := range []time.Duration{10 * time.Minute, 10 * time.Minute, 24 * time.Hour} { // one, two, three people
			w.refuseNew(n, phone, fmt.Sprintf("628130000010%d", i))
			require.Eventually(t, func() bool {
				return time.Until(w.locked(n, "463").Until) > rest-time.Minute
			}, patience, 5*time.Millisecond)
			require.WithinDuration(t, time.Now().Add(rest), w.locked(n, "463").Until, time.Minute)
		}
		phone.Timelock(sim.Timelock{Enforcement: "DEFAULT"}) // it refuses, so it is not true
		w.hears(phone, "heard")
		w.locked(n, "463")

		phone.Timelock(during(7 * 24 * time.Hour)) // WhatsApp's own word counts more than our guess
		longer := w.locked(n, "RESTRICT_ALL_COMPANIONS")
		w.refuseNew(n, phone, "6281300000104")
		w.hears(phone, "heard again")
		require.Equal(t, longer.Until, w.locked(n, "RESTRICT_ALL_COMPANIONS").Until, "and is not cut short")
	})
}

func TestTheSamePersonAgainIsNoReasonForALongerLock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		for range 4 {
			w.refuseNew(n, phone, "6281300000100")
		}
		require.WithinDuration(t, time.Now().Add(10*time.Minute), w.locked(n, "463").Until, time.Minute)
	})
}

func TestASilenceDuringALockEndsInTheLock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		phone.Timelock(during(time.Hour))
		w.locked(n, "RESTRICT_ALL_COMPANIONS")
		w.net.SetFaults(func(f *sim.Faults) { f.Stall = true })
		w.told(n, number.Transition{State: number.Connecting, Cause: number.CauseNoLife})
		w.net.SetFaults(func(f *sim.Faults) { f.Stall = false })
		w.locked(n, "RESTRICT_ALL_COMPANIONS")
	}, func(w *world) { w.limits.Silence = 1200 * time.Millisecond })
}

// A lock is of the account: who pairs another phone is free, who pairs the same one is not.
func TestALockGoesWithThePhone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		phone.Timelock(during(time.Hour))
		w.locked(n, "RESTRICT_ALL_COMPANIONS")
		again := func(a *sim.Account) {
			t.Helper()
			got, err := w.numbers.Logout(t.Context(), n.Workspace, n.ID)
			require.NoError(t, err)
			require.Equal(t, number.LoggedOut, got.State)
			require.NoError(t, a.Scan(t.Context(), w.qr(n)))
		}
		again(phone)
		w.locked(n, "RESTRICT_ALL_COMPANIONS")
		again(w.net.Account("6281200000002"))
		require.Zero(t, w.state(n, number.Connected).Reachout)
	})
}
