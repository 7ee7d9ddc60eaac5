package number_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/wa"
)

func TestANumberIsPairedByQRAndReceives(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := simtest.Context(t)
		phone, ani := w.net.Account("6281200000001"), w.net.Contact("6281300000001")
		phone.SetPushName("Toko Maju")
		n := w.create(w.workspace(5))
		require.Equal(t, number.Created, n.State)
		require.True(t, n.Primary, "the first number is the primary")

		got := w.pair(n, phone)
		require.Equal(t, wa.Phone("+6281200000001"), got.Phone)
		require.Equal(t, wa.LID(phone.LID()), got.LID)
		require.True(t, got.Paired)
		require.Equal(t, number.StepConnected, w.step(n, number.StepConnected).Step)
		require.Eventually(t, func() bool { return w.state(n, number.Connected).PushName == "Toko Maju" }, patience, 5*time.Millisecond)

		id, err := ani.Write(ctx, phone, "halo")
		require.NoError(t, err)
		require.NoError(t, ani.WaitReceipt(ctx, id, "delivered"))
		require.Equal(t, []string{"halo"}, w.received())

		require.Eventually(t, func() bool { return w.ready.link(n.ID) != nil }, patience, time.Millisecond)
		sent, err := w.ready.link(n.ID).Send(ctx, wa.Outgoing{ID: "3EB0AAAAAAAAAAAAAAAA01", To: wa.Identity{Phone: "+6281300000001"}, Text: "apa kabar"})
		require.NoError(t, err)
		require.Equal(t, wa.LID(ani.LID()), sent.To.LID)
		in, err := ani.WaitFor(ctx, sim.Text("apa kabar"))
		require.NoError(t, err)
		require.Equal(t, "3EB0AAAAAAAAAAAAAAAA01", in.ID)
	})
}

func TestTheStatesOfAPairingAreEventsAndItsCodesAreNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		qr := w.qr(n)
		require.NoError(t, w.net.Account("6281200000001").Scan(simtest.Context(t), qr))
		w.state(n, number.Connected)
		require.Eventually(t, func() bool { return len(w.events(n.Workspace, event.NumberState)) >= 3 }, patience, 5*time.Millisecond)
		var states []string
		for _, e := range w.events(n.Workspace, event.NumberState) {
			states = append(states, string(e.Data))
			require.NotContains(t, string(e.Data), "linked_devices")
		}
		require.Contains(t, states[0], `"state":"pairing","previous":"created"`)
		require.Contains(t, states[1], `"state":"connecting","previous":"pairing"`)
		require.Contains(t, states[2], `"state":"connected","previous":"connecting"`)
		require.NotEmpty(t, w.live.of(event.NumberQR))
		require.Empty(t, w.events(n.Workspace, event.NumberQR), "a code is never in the log")
	})
}

func TestANumberIsPairedByCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.create(w.workspace(5)), w.net.Account("6281200000001")
		_, err := w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodCode, "+6281200000001")
		require.NoError(t, err)
		v := w.step(n, number.StepShown)
		require.Len(t, v.Code, len("ABCD-EFGH"))
		require.NoError(t, phone.EnterCode(simtest.Context(t), v.Code))
		w.state(n, number.Connected)
	})
}

func TestAnOpenPairingChangesItsMethodWithoutBeingCountedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		w.qr(n)
		before, err := w.numbers.PairingLimit(t.Context(), n.Workspace)
		require.NoError(t, err)
		_, err = w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodQR, "")
		require.Equal(t, "pairing_open", fault.ReasonOf(err), "one open pairing per number")
		_, err = w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodCode, "+6281200000001")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return w.step(n, number.StepShown).Code != "" }, patience, 5*time.Millisecond)
		after, err := w.numbers.PairingLimit(t.Context(), n.Workspace)
		require.NoError(t, err)
		require.Equal(t, before.Remaining, after.Remaining)
	})
}

func TestAPasskeyIsAskedForAndAnswered(t *testing.T) {
	answer := []byte(`{"id":"AA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"AAAA","authenticatorData":"AAAA","signature":"AAAA","userHandle":null}}`)
	for name, c := range map[string]struct {
		passkey sim.Passkey
		linked  bool
	}{
		"accepted":            {sim.Passkey{Required: true}, true},
		"the answer refused":  {sim.Passkey{Required: true, RefuseResponse: true}, false},
		"the pairing refused": {sim.Passkey{Required: true, RefuseConfirm: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				n, phone := w.create(w.workspace(5)), w.net.Account("6281200000001")
				phone.RequirePasskey(c.passkey)
				qr := w.qr(n)
				go func() { _ = phone.Scan(simtest.Context(t), qr) }()
				v := w.step(n, number.StepPasskey)
				require.NotEmpty(t, v.Passkey.PublicKey)
				_, err := w.numbers.AnswerPasskey(t.Context(), n.Workspace, n.ID, []byte(`{}`))
				require.Equal(t, fault.Invalid, fault.CodeOf(err))
				_, err = w.numbers.AnswerPasskey(t.Context(), n.Workspace, n.ID, answer)
				require.NoError(t, err)
				if c.linked {
					w.state(n, number.Connected)
					return
				}
				v = w.step(n, number.StepFailed)
				require.Equal(t, "passkey_refused", v.Failure.Reason)
				require.Equal(t, number.Created, w.state(n, number.Created).State)
			})
		})
	}
}

func TestAPairingThatNobodyScansExpires(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		for range 2 { // it may be started again
			_, err := w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodQR, "")
			require.NoError(t, err)
			v := w.step(n, number.StepFailed)
			require.Equal(t, "qr_expired", v.Failure.Reason)
			w.state(n, number.Created)
		}
		require.NotEmpty(t, w.live.of(event.NumberQR), "codes were shown")
	}, func(w *world) { w.web.CodeLife = 200 * time.Millisecond })
}

func TestAPairingIsCancelledAndStartedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		w.qr(n)
		require.NoError(t, w.numbers.CancelPairing(t.Context(), n.Workspace, n.ID))
		v := w.step(n, number.StepFailed)
		require.Equal(t, "cancelled", v.Failure.Reason)
		require.False(t, v.Open)
		require.Nil(t, v.QR)
		got := w.state(n, number.Created)
		require.Equal(t, number.CausePairingEnded, got.Cause)

		v, err := w.numbers.RegenerateQR(t.Context(), n.Workspace, n.ID)
		require.NoError(t, err)
		require.True(t, v.Open)
		w.step(n, number.StepShown)
	})
}

func TestAPairingThatThePhoneOrWhatsAppRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		w.net.SetFaults(func(f *sim.Faults) { f.RefusePairing = true })
		require.Error(t, w.net.Account("6281200000001").Scan(simtest.Context(t), w.qr(n)))
		require.Equal(t, number.StepShown, w.step(n, number.StepShown).Step, "the code can still be used")
		require.NoError(t, w.numbers.CancelPairing(t.Context(), n.Workspace, n.ID))

		w.net.SetFaults(func(f *sim.Faults) { *f = sim.Faults{Down: true} })
		_, err := w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodQR, "")
		require.NoError(t, err)
		require.Equal(t, "whatsapp_unreachable", w.step(n, number.StepFailed).Failure.Reason)
	})
}

func TestAWorkspaceMayStartSoManyPairingsAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := w.create(w.workspace(5))
		for range 2 {
			w.qr(n)
			require.NoError(t, w.numbers.CancelPairing(t.Context(), n.Workspace, n.ID))
		}
		_, err := w.numbers.Pair(t.Context(), n.Workspace, n.ID, number.MethodQR, "")
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.Equal(t, "pairing_limit", f.Reason)
		require.Greater(t, f.RetryAfter, 50*time.Minute)
		limit, err := w.numbers.PairingLimit(t.Context(), n.Workspace)
		require.NoError(t, err)
		require.Zero(t, limit.Remaining)
		other := w.create(w.workspace(5))
		w.qr(other) // another workspace has its own
	}, func(w *world) { w.limits.PairingsPerHour = 2 })
}

func TestAPlanLimitsTheNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ws := w.workspace(2)
		first := w.create(ws)
		w.create(ws)
		_, err := w.numbers.Create(t.Context(), ws, number.Draft{Name: "One too many"})
		require.Equal(t, "plan_limit", fault.ReasonOf(err))
		require.NoError(t, w.numbers.Delete(t.Context(), ws, first.ID))
		w.create(ws)
	})
}
