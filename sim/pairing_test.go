package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// code connects a client and asks for a pairing code.
func code(t *testing.T, c *simtest.Client, number string) string {
	t.Helper()
	simtest.QR(t, c)
	code, err := c.PairPhone(simtest.Context(t), number, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	require.NoError(t, err)
	return code
}

func TestPairByCode(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	c := simtest.NewClient(t, n)
	typed := code(t, c, "+62 812-0000-0001")

	require.ErrorIs(t, n.Account("6281200000009").EnterCode(simtest.Context(t), typed), sim.ErrNoOffer, "another phone was not asked")
	require.NoError(t, acc.EnterCode(simtest.Context(t), typed))
	simtest.Settled(t, c)
	require.Equal(t, acc.Phone(), c.Store.ID.User)
	require.Equal(t, acc.LID(), c.Store.LID.User)
	require.Empty(t, c.Log.Warnings())
}

func TestWrongCodeLinksNothing(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	code(t, simtest.NewClient(t, n), acc.Phone())
	// whatsmeow cannot know that the code was wrong; the phone finds out when it opens
	// the companion's bundle.
	require.ErrorIs(t, acc.EnterCode(simtest.Context(t), "1111-1111"), phone.ErrWrongCode)
	require.Empty(t, acc.Companions())
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		passkey   sim.Passkey
		responds  error
		confirms  error
		connected bool
	}{
		"confirmed":        {passkey: sim.Passkey{Required: true}, connected: true},
		"response refused": {passkey: sim.Passkey{Required: true, RefuseResponse: true}, responds: whatsmeow.ErrIQForbidden},
		"confirm refused":  {passkey: sim.Passkey{Required: true, RefuseConfirm: true}, confirms: whatsmeow.ErrIQForbidden},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := simtest.Start(t, &sim.Network{})
			acc := n.Account("6281200000001")
			acc.RequirePasskey(tc.passkey)
			c := simtest.NewClient(t, n)
			// Not GetQRChannel: it confirms by itself when it has shown the QR code.
			require.NoError(t, c.Connect())
			qr := simtest.Event[*events.QR](t, c, nil).Codes[0]
			scanned := make(chan error, 1)
			go func() { scanned <- acc.Scan(simtest.Context(t), qr) }()

			request := simtest.Event[*events.PairPasskeyRequest](t, c, nil)
			require.Equal(t, "whatsapp.com", request.PublicKey.RelyingPartID)
			err := c.SendPasskeyResponse(t.Context(), &types.WebAuthnResponse{ID: "c2lt", RawID: []byte("sim"), Type: "public-key"})
			require.ErrorIs(t, err, tc.responds)
			if tc.responds != nil {
				require.ErrorIs(t, <-scanned, sim.ErrRefused)
				return
			}
			confirm := simtest.Event[*events.PairPasskeyConfirmation](t, c, nil)
			require.Regexp(t, `^[1-9A-Z]{4}-[1-9A-Z]{4}$`, confirm.Code)
			require.ErrorIs(t, c.SendPasskeyConfirmation(t.Context()), tc.confirms)
			if tc.confirms != nil {
				require.ErrorIs(t, <-scanned, sim.ErrRefused)
				require.Empty(t, acc.Companions())
				return
			}
			require.NoError(t, <-scanned)
			simtest.Settled(t, c)
		})
	}
}

func TestEveryReferenceCanBeScannedUntilItExpires(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{Refs: 3})
	acc := n.Account("6281200000001")
	c := simtest.NewClient(t, n)
	require.NoError(t, c.Connect())
	codes := simtest.Event[*events.QR](t, c, nil).Codes
	require.Len(t, codes, 3)
	require.NotEqual(t, codes[0], codes[2])
	require.NoError(t, acc.Scan(simtest.Context(t), codes[2]))
	simtest.Settled(t, c)
	require.ErrorIs(t, acc.Scan(simtest.Context(t), codes[0]), sim.ErrQRExpired, "a code works once")
}

func TestExpiredForeignAndBrokenQR(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{RefLife: time.Nanosecond})
	acc := n.Account("6281200000001")
	qr := simtest.QR(t, simtest.NewClient(t, n))
	require.ErrorIs(t, acc.Scan(simtest.Context(t), qr), sim.ErrQRExpired)
	require.ErrorIs(t, acc.Scan(simtest.Context(t), "https://example.com"), phone.ErrQR)
}

func TestRefusedPairing(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{Faults: sim.Faults{RefusePairing: true}})
	acc := n.Account("6281200000001")
	qr := simtest.QR(t, simtest.NewClient(t, n))
	require.ErrorIs(t, acc.Scan(simtest.Context(t), qr), sim.ErrRefused)
	n.SetFaults(func(f *sim.Faults) { f.RefusePairing = false })
	require.NoError(t, acc.Scan(simtest.Context(t), qr), "the same code still works")
}

func TestCompanionRefusesToBeLinked(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	c := simtest.NewClient(t, n)
	c.PrePairCallback = func(types.JID, string, string) bool { return false }
	require.ErrorContains(t, acc.Scan(simtest.Context(t), simtest.QR(t, c)), "refused")
	require.Empty(t, acc.Companions())
}

func TestSecondCompanion(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc, other := n.Account("6281200000001"), n.Account("6281200000002")
	first, peer := simtest.Pair(t, n, acc), simtest.Pair(t, n, other)
	_, err := peer.Send(ctx, acc.Phone(), "before")
	require.NoError(t, err)
	simtest.Event(t, first, func(e *events.Message) bool { return e.Message.GetConversation() == "before" })

	// Both sides have cached the device lists; the notifications bring them up to date.
	second := simtest.Pair(t, n, acc)
	require.Len(t, acc.Companions(), 2)
	id, err := peer.Send(ctx, acc.Phone(), "to both")
	require.NoError(t, err)
	for _, c := range []*simtest.Client{first, second} {
		simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	}
	id, err = first.Send(ctx, other.Phone(), "from the first")
	require.NoError(t, err)
	own := simtest.Event(t, second, func(e *events.Message) bool { return e.Info.ID == id })
	require.True(t, own.Info.IsFromMe)
	require.Equal(t, other.LID(), own.Info.Chat.User)
	for _, c := range []*simtest.Client{first, second, peer} {
		require.Empty(t, c.Log.Warnings())
	}
}

func TestUnlinkFromThePhone(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	c := simtest.Pair(t, n, acc)
	require.ErrorIs(t, acc.Unlink(77), sim.ErrNoCompanion)
	require.NoError(t, acc.Unlink(acc.Companions()[0].Device))
	out := simtest.Event[*events.LoggedOut](t, c, nil)
	require.False(t, out.OnConnect)
	require.Empty(t, acc.Companions())
}

func TestLogOutByTheCompanion(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	c := simtest.Pair(t, n, acc)
	require.NoError(t, c.Logout(simtest.Context(t)))
	require.Empty(t, acc.Companions())
}

func TestFifthCompanionIsRefused(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	acc := n.Account("6281200000001")
	for range 4 {
		simtest.Pair(t, n, acc)
	}
	require.Error(t, acc.Scan(simtest.Context(t), simtest.QR(t, simtest.NewClient(t, n))))
	require.Len(t, acc.Companions(), 4)
}
