package number_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// linked makes a paired, connected number of a fresh workspace.
func (w *world) linked() (number.Number, *sim.Account) {
	w.t.Helper()
	phone := w.net.Account("6281200000001")
	return w.pair(w.create(w.workspace(5)), phone), phone
}

// hears writes to the number until the end of the test's patience and checks that it arrives once.
func (w *world) hears(phone *sim.Account, text string) {
	w.t.Helper()
	_, err := w.net.Contact("6281300000009").Write(simtest.Context(w.t), phone, text)
	require.NoError(w.t, err)
	require.Eventually(w.t, func() bool { return contains(w.received(), text) == 1 }, patience, 5*time.Millisecond)
}

func contains(all []string, one string) (times int) {
	for _, s := range all {
		if s == one {
			times++
		}
	}
	return times
}

func TestANumberComesBackByItselfAfterTrouble(t *testing.T) {
	for name, trouble := range map[string]func(w *world, phone *sim.Account){
		"the connection is cut":   func(_ *world, phone *sim.Account) { phone.Cut() },
		"WhatsApp restarts":       func(_ *world, phone *sim.Account) { phone.StreamError(503) },
		"an unknown stream error": func(_ *world, phone *sim.Account) { phone.StreamError(599) },
		"the stream ends":         func(_ *world, phone *sim.Account) { phone.EndStream() },
		"WhatsApp is down a while": func(w *world, _ *sim.Account) {
			w.net.SetFaults(func(f *sim.Faults) { f.Down = true })
			require.Eventually(w.t, func() bool { return w.numbers.Stats().Links == 0 }, patience, time.Millisecond)
			w.net.SetFaults(func(f *sim.Faults) { f.Down = false })
		},
		"WhatsApp refuses for now": func(w *world, phone *sim.Account) {
			w.net.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 503 })
			phone.Cut()
			require.Eventually(w.t, func() bool { return w.numbers.Stats().Links == 0 }, patience, time.Millisecond)
			w.net.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 0 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				_, phone := w.linked()
				w.hears(phone, "before")
				trouble(w, phone)
				w.hears(phone, "after")
			}, func(w *world) { w.limits.Silence = 3 * time.Second })
		})
	}
}

func TestASilentConnectionIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		w.net.SetFaults(func(f *sim.Faults) { f.Stall = true })
		w.told(n, number.Transition{State: number.Degraded, Cause: number.CauseNoLife}, number.Transition{State: number.Connecting, Cause: number.CauseNoLife})
		w.net.SetFaults(func(f *sim.Faults) { f.Stall = false })
		w.hears(phone, "after the silence")
	}, func(w *world) { w.limits.Silence = 1200 * time.Millisecond })
}

func TestGarbageFramesLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phone := w.linked()
		phone.Garbage()
		w.hears(phone, "after the garbage")
	}, func(w *world) { w.limits.Silence = 1500 * time.Millisecond })
}

func TestWhatAPersonAndWhatsAppEndStaysEnded(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(w *world, n number.Number, phone *sim.Account)
		state number.State
		cause string
		code  string
	}{
		"unlinked on the phone": {func(w *world, _ number.Number, phone *sim.Account) {
			require.NoError(w.t, phone.Unlink(phone.Companions()[0].Device))
		}, number.LoggedOut, number.CauseRemoved, "401"},
		"locked":           {func(w *world, _ number.Number, phone *sim.Account) { w.refuse(phone, 403) }, number.Banned, number.CauseLocked, "403"},
		"banned":           {func(w *world, _ number.Number, phone *sim.Account) { w.refuse(phone, 406) }, number.Banned, number.CauseBanned, "406"},
		"misconfigured":    {func(w *world, _ number.Number, phone *sim.Account) { w.refuse(phone, 409) }, number.Paused, number.CauseMisconfigured, "409"},
		"opened elsewhere": {func(_ *world, _ number.Number, phone *sim.Account) { phone.Replace() }, number.Replaced, number.CauseReplaced, ""},
		"a person's disconnect": {func(w *world, n number.Number, _ *sim.Account) {
			_, err := w.numbers.Disconnect(w.t.Context(), n.Workspace, n.ID)
			require.NoError(w.t, err)
		}, number.Paused, number.CausePerson, ""},
		"a person's logout": {func(w *world, n number.Number, phone *sim.Account) {
			_, err := w.numbers.Logout(w.t.Context(), n.Workspace, n.ID)
			require.NoError(w.t, err)
			require.Empty(w.t, phone.Companions(), "WhatsApp was told")
		}, number.LoggedOut, number.CausePerson, ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, phone := w.linked()
				c.end(w, n, phone)
				got := w.state(n, c.state)
				require.Equal(t, c.cause, got.Cause)
				require.Equal(t, c.code, got.Code)
				w.net.SetFaults(func(f *sim.Faults) { *f = sim.Faults{} })
				w.stop()
				w.start()
				require.Never(t, func() bool { return w.numbers.Stats().Links > 0 }, 300*time.Millisecond, 20*time.Millisecond)
				require.Equal(t, c.state, w.state(n, c.state).State)
			})
		})
	}
}

// refuse makes WhatsApp refuse every login with a code and cuts the connection.
func (w *world) refuse(phone *sim.Account, code int) {
	w.net.SetFaults(func(f *sim.Faults) { f.ConnectFailure = code })
	phone.Cut()
}

func TestAPersonConnectsADisconnectedOrReplacedNumberAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		_, err := w.numbers.Disconnect(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		require.False(t, w.state(n, number.Paused).Enabled)
		_, err = w.numbers.Connect(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		require.True(t, w.state(n, number.Connected).Enabled)
		phone.Replace()
		w.state(n, number.Replaced)
		_, err = w.numbers.Connect(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		w.state(n, number.Connected)
		_, err = w.numbers.Restart(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		w.state(n, number.Connected)
		w.hears(phone, "still here")
	})
}

func TestATemporaryBanIsWaitedForAndNotMadeWorse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		w.net.SetFaults(func(f *sim.Faults) { f.TempBan = &sim.TempBan{Code: 104, Expire: time.Hour} })
		phone.Cut()
		got := w.state(n, number.Paused)
		require.Equal(t, "104", got.Code)
		require.Equal(t, number.CauseTemporaryBan, got.Cause)
		require.False(t, got.Until.IsZero())
		require.True(t, got.Enabled)
		_, err := w.numbers.Connect(t.Context(), n.Workspace, n.ID)
		require.Equal(t, "temporary_ban", fault.ReasonOf(err))
		w.net.SetFaults(func(f *sim.Faults) { f.TempBan = nil })
		w.stop() // the ban also outlives the program
		later := w.clock.(*turned)
		later.by.Store(int64(time.Until(got.Until) - 2*time.Second))
		w.start()
		w.state(n, number.Connected)
		require.False(t, later.Now().Before(got.Until.Add(-50*time.Millisecond)), "it came back before the ban had ended")
	}, func(w *world) { w.clock = &turned{} })
}

func TestAnOutdatedClientIsOneEventAndMendsItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, phone := w.linked()
		second := w.pair(w.create(first.Workspace), w.net.Account("6281200000002"))
		w.net.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 405 })
		phone.Cut()
		w.net.Account("6281200000002").Cut()
		for _, n := range []number.Number{first, second} {
			require.Eventually(t, func() bool { return w.state(n, number.Connecting).Cause == number.CauseOutdated }, patience, 5*time.Millisecond)
		}
		require.Eventually(t, func() bool { return len(w.events(event.Installation, event.AlertFired)) == 1 }, patience, 5*time.Millisecond)
		w.net.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 0 })
		_, err := w.numbers.Connect(t.Context(), first.Workspace, first.ID) // a person need not wait for the backoff
		require.NoError(t, err)
		w.state(first, number.Connected)
		require.Eventually(t, func() bool { return len(w.events(event.Installation, event.AlertCleared)) == 1 }, patience, 5*time.Millisecond)
		require.Len(t, w.events(event.Installation, event.AlertFired), 1)
	})
}

func TestAfterACrashEverythingGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		ani := w.net.Contact("6281300000001")
		var want []string
		for round := range 3 {
			text := fmt.Sprintf("before restart %d", round)
			_, err := ani.Write(simtest.Context(t), phone, text)
			require.NoError(t, err)
			want = append(want, text)
			w.stop()
			text = fmt.Sprintf("while away %d", round)
			_, err = ani.Write(simtest.Context(t), phone, text)
			require.NoError(t, err)
			want = append(want, text)
			w.start()
			w.state(n, number.Connected)
		}
		require.Eventually(t, func() bool { return len(w.received()) == len(want) }, patience, 5*time.Millisecond)
		require.Equal(t, want, w.received(), "in order, each once")
	})
}

func TestTwoNodesDoNotRunOneNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.linked()
		_, err := w.numbers.Get(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		first := w.stop
		w.start() // another node on the same database
		require.Never(t, func() bool { return w.numbers.Stats().Links > 0 }, 300*time.Millisecond, 20*time.Millisecond)
		first() // the first leaves: the second takes over
		require.Eventually(t, func() bool { return w.numbers.Stats().Links == 1 }, patience, 5*time.Millisecond)
	})
}

func TestAClockAnHourWrongChangesNothing(t *testing.T) {
	for name, offset := range map[string]time.Duration{"fast": time.Hour, "slow": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, phone := w.linked()
				w.hears(phone, "on time")
				_, err := w.numbers.Restart(t.Context(), n.Workspace, n.ID)
				require.NoError(t, err)
				w.hears(phone, "again")
			}, func(w *world) { w.clock = clock.System{Offset: offset} })
		})
	}
}

func TestTheLostLeaseStopsEverything(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, _ := w.linked()
		w.stop()
		got, err := w.numbers.Get(context.WithoutCancel(t.Context()), n.Workspace, n.ID)
		require.NoError(t, err)
		require.Equal(t, number.Connected, got.State, "what a number was is what it will be again")
		_, err = w.numbers.Connect(t.Context(), n.Workspace, n.ID)
		require.Equal(t, "numbers_stopped", fault.ReasonOf(err))
	})
}
