package sim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// again cuts the companion and lets it log in again.
func again(t *testing.T, c *simtest.Client) {
	t.Helper()
	c.Disconnect()
	c.Forget()
	require.NoError(t, c.Connect())
}

func TestConnectFailures(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	for _, reason := range []int{400, 402, 409, 415, 418, 501} {
		acc.SetFaults(func(f *sim.Faults) { f.ConnectFailure = reason })
		again(t, c)
		if reason == 402 {
			simtest.Event[*events.TemporaryBan](t, c, nil)
			continue
		}
		require.EqualValues(t, reason, simtest.Event[*events.ConnectFailure](t, c, nil).Reason)
	}
	acc.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 503 })
	again(t, c)
	simtest.Event[*events.Disconnected](t, c, nil)
	acc.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 0 })
	simtest.Event[*events.Connected](t, c, nil)
}

// 413 and 414 are about tokens of another product. With a nil RefreshCAT whatsmeow
// dereferences it and the process dies, so every client needs one.
func TestTokenFailuresNeedRefreshCAT(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{}, func(c *simtest.Client) {
		c.RefreshCAT = func(context.Context) error { return errors.New("no such token") }
	})
	acc.SetFaults(func(f *sim.Faults) { f.ConnectFailure = 413 })
	again(t, c)
	simtest.Event[*events.CATRefreshError](t, c, nil)
}

func TestConnectFailuresThatLogOut(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	for i, reason := range []events.ConnectFailureReason{401, 403, 406} {
		acc := n.Account(fmt.Sprint("628120000000", i))
		c := simtest.Pair(t, n, acc)
		acc.SetFaults(func(f *sim.Faults) { f.ConnectFailure = int(reason) })
		again(t, c)
		out := simtest.Event[*events.LoggedOut](t, c, nil)
		require.True(t, out.OnConnect)
		require.Equal(t, reason, out.Reason)
	}
}

func TestTemporaryBans(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	for _, code := range []int{101, 102, 103, 104, 106} {
		acc.SetFaults(func(f *sim.Faults) { f.TempBan = &sim.TempBan{Code: code, Expire: 90 * time.Minute} })
		again(t, c)
		ban := simtest.Event[*events.TemporaryBan](t, c, nil)
		require.EqualValues(t, code, ban.Code)
		require.Equal(t, 90*time.Minute, ban.Expire)
	}
}

func TestOutdatedClient(t *testing.T) {
	t.Parallel()
	n, acc, c, _ := pair(t, &sim.Network{Revision: 1234567890})
	latest, err := whatsmeow.GetLatestVersion(t.Context(), n.HTTPClient())
	require.NoError(t, err)
	require.Equal(t, "2.3000.1234567890", latest.String())
	acc.SetFaults(func(f *sim.Faults) { f.MinVersion = latest.String() })
	again(t, c)
	simtest.Event[*events.ClientOutdated](t, c, nil)
	acc.SetFaults(func(f *sim.Faults) { f.MinVersion = "2.2000.1" })
	again(t, c)
	simtest.Event[*events.Connected](t, c, nil)
}

func TestForeignNoiseKeyIsLoggedOut(t *testing.T) {
	t.Parallel()
	n, _, c, _ := pair(t, &sim.Network{})
	c.Disconnect()
	c.Store.NoiseKey = simtest.NewClient(t, n).Store.NoiseKey
	require.NoError(t, c.Connect())
	require.Equal(t, events.ConnectFailureLoggedOut, simtest.Event[*events.LoggedOut](t, c, nil).Reason)
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	for name, end := range map[string]func(){
		"503":     func() { acc.StreamError(503) },
		"end":     acc.EndStream,
		"cut":     acc.Cut,
		"garbage": func() { acc.Garbage(); acc.Cut() },
	} {
		c.Forget()
		end()
		simtest.Event[*events.Disconnected](t, c, nil)
		simtest.Event(t, c, func(*events.Connected) bool { return true })
		t.Log(name)
	}
	c.Forget()
	acc.StreamError(500)
	require.Equal(t, "500", simtest.Event[*events.StreamError](t, c, nil).Code)
	simtest.Event[*events.Connected](t, c, nil)
	acc.Replace()
	simtest.Event[*events.StreamReplaced](t, c, nil)
}

func TestASecondLoginReplacesTheFirst(t *testing.T) {
	t.Parallel()
	n, _, c, _ := pair(t, &sim.Network{})
	twin := whatsmeow.NewClient(c.Store, nil)
	h := n.HTTPClient()
	twin.SetWebsocketHTTPClient(h)
	t.Cleanup(twin.Disconnect)
	require.NoError(t, twin.Connect())
	simtest.Event[*events.StreamReplaced](t, c, nil)
}

func TestSendErrors(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 429, 463, 479} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			n, acc, c, ani := pair(t, &sim.Network{})
			ctx := simtest.Context(t)
			acc.SetFaults(func(f *sim.Faults) { f.SendError = code })
			id, err := c.Send(ctx, ani.Phone(), "no")
			require.ErrorIs(t, err, whatsmeow.ErrServerReturnedError)
			require.ErrorContains(t, err, fmt.Sprint(code))
			e, ok := n.Ledger.Find(acc.Phone(), ani.Phone(), id)
			require.True(t, ok)
			require.Equal(t, code, e.Error)
			require.Zero(t, e.Copies)
			require.Equal(t, sim.Summary{Refused: 1}, n.Ledger.Summary(acc.Phone(), ani.Phone()))
		})
	}
}

func TestSendErrorsForSome(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	budi := n.Contact("6281300000002")
	sends := func(to *sim.Contact) error {
		_, err := c.Send(ctx, to.Phone(), "hi")
		return err
	}
	acc.SetFaults(func(f *sim.Faults) { f.SendError, f.SendErrorTo = 463, []string{ani.Phone()} })
	require.Error(t, sends(ani))
	require.NoError(t, sends(budi))

	acc.SetFaults(func(f *sim.Faults) { f.SendErrorTo, f.SendErrorCold = nil, true })
	require.Error(t, sends(budi), "budi never wrote to the account")
	_, err := budi.Write(ctx, acc, "hello")
	require.NoError(t, err)
	require.NoError(t, sends(budi))
	require.Error(t, sends(ani))

	acc.SetFaults(func(f *sim.Faults) { f.SendErrorCold, f.SendErrorShare = false, 0.5 })
	failed := 0
	for range 60 {
		if sends(ani) != nil {
			failed++
		}
	}
	require.InDelta(t, 30, failed, 20)

	acc.SetFaults(func(f *sim.Faults) { *f = sim.Faults{SendError: 463, Limit: 2} })
	require.Error(t, sends(ani))
	require.Error(t, sends(ani))
	require.NoError(t, sends(ani), "the limit has ended the fault")
}

func TestReachoutTimelock(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	ends := time.Now().Add(6 * 24 * time.Hour).Truncate(time.Second)
	acc.Timelock(sim.Timelock{Active: true, Enforcement: "RESTRICT_ALL_COMPANIONS", Ends: ends})
	lock := simtest.Event(t, c, func(e *events.NotifyAccountReachoutTimelock) bool { return e.IsActive })
	require.Equal(t, "RESTRICT_ALL_COMPANIONS", lock.EnforcementType)
	require.True(t, ends.Equal(lock.TimeEnforcementEnds.Time))
	acc.Timelock(sim.Timelock{})
	simtest.Event(t, c, func(e *events.NotifyAccountReachoutTimelock) bool {
		return *e == events.NotifyAccountReachoutTimelock{Mex: e.Mex}
	})
}

func TestAckLateOrNever(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	_, err := c.Send(ctx, ani.Phone(), "warm up")
	require.NoError(t, err)
	acc.SetFaults(func(f *sim.Faults) { f.AckDelay = 150 * time.Millisecond })
	start := time.Now()
	_, err = c.Send(ctx, ani.Phone(), "late")
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)

	acc.SetFaults(func(f *sim.Faults) { f.AckDelay, f.NoAck, f.Limit = 0, true, 1 })
	_, err = c.SendMessage(ctx, jid(ani), text("never acked"), whatsmeow.SendRequestExtra{Timeout: 200 * time.Millisecond})
	require.ErrorIs(t, err, whatsmeow.ErrMessageTimedOut)
	_, err = ani.WaitFor(ctx, sim.Text("never acked"))
	require.NoError(t, err, "it was delivered all the same")
}

func TestCutAroundTheAck(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc.SetFaults(func(f *sim.Faults) { f.CutAfterAck, f.Limit = true, 1 })
	c.Forget()
	_, err := c.Send(ctx, ani.Phone(), "acked, then cut")
	require.NoError(t, err)
	simtest.Event[*events.Disconnected](t, c, nil)
	simtest.Event[*events.Connected](t, c, nil)

	// whatsmeow sends the same message again after the reconnect: the network accepts it
	// twice, the contact keeps one.
	acc.SetFaults(func(f *sim.Faults) { f.CutAfterAck, f.CutBeforeAck = false, true })
	id, err := c.Send(ctx, ani.Phone(), "cut before the ack")
	require.NoError(t, err)
	_, err = ani.WaitFor(ctx, sim.Text("cut before the ack"))
	require.NoError(t, err)
	e, _ := n.Ledger.Find(acc.Phone(), ani.Phone(), id)
	require.Equal(t, 2, e.Copies)
	require.Len(t, ani.Inbox(), 2)
}

func TestLostByTheNetwork(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.Lose = true })
	_, err := c.Send(simtest.Context(t), ani.Phone(), "into the void")
	require.NoError(t, err)
	require.Equal(t, sim.Summary{Sent: 1, Missing: 1, Lost: 1}, n.Ledger.Summary(acc.Phone(), ani.Phone()))
	require.Empty(t, ani.Inbox())
}

func TestStall(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	_, err := c.Send(ctx, ani.Phone(), "warm up")
	require.NoError(t, err)
	acc.SetFaults(func(f *sim.Faults) { f.Stall = true })
	_, err = c.SendMessage(ctx, jid(ani), text("stalled"), whatsmeow.SendRequestExtra{Timeout: 100 * time.Millisecond})
	require.Error(t, err)
	require.True(t, c.IsConnected(), "nothing tells the client")
	id, err := ani.Write(ctx, acc, "are you there?")
	require.NoError(t, err)
	require.Zero(t, simtest.Count(c, func(e *events.Message) bool { return e.Info.ID == id }))
	acc.SetFaults(func(f *sim.Faults) { f.Stall = false })
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	_, err = ani.WaitFor(ctx, sim.Text("stalled"))
	require.NoError(t, err)
}

func TestReconnectOutOfAStall(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.Stall = true })
	id, err := ani.Write(simtest.Context(t), acc, "later")
	require.NoError(t, err)
	acc.SetFaults(func(f *sim.Faults) { f.Stall = false; f.Hold = false })
	again(t, c)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
}

func TestNetworkDown(t *testing.T) {
	t.Parallel()
	n, _, c, _ := pair(t, &sim.Network{}, stayAway)
	n.SetFaults(func(f *sim.Faults) { f.Down = true })
	simtest.Event[*events.Disconnected](t, c, nil)
	require.Error(t, c.Connect())
	_, err := n.HTTPClient().Get("https://web.whatsapp.com/")
	require.Error(t, err)
	n.SetFaults(func(f *sim.Faults) { f.Down = false })
	c.Forget()
	require.NoError(t, c.Connect())
	simtest.Event[*events.Connected](t, c, nil)
}

func TestOneAccountDown(t *testing.T) {
	t.Parallel()
	n, acc, c, _ := pair(t, &sim.Network{}, stayAway)
	other := simtest.Pair(t, n, n.Account("6281200000002"))
	acc.SetFaults(func(f *sim.Faults) { f.Down = true })
	simtest.Event[*events.Disconnected](t, c, nil)
	require.True(t, other.IsConnected())
}

func TestSlowNetwork(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.Latency = 100 * time.Millisecond })
	start := time.Now()
	_, err := c.Send(simtest.Context(t), ani.Phone(), "slow")
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(start), 300*time.Millisecond, "usync, keys and the ack")
}

func TestNoPong(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.NoPong = true })
	//lint:ignore SA1019 the keepalive has no public form
	ok, _ := c.DangerousInternals().SendKeepAlive(shortly(t))
	require.False(t, ok)
	acc.SetFaults(func(f *sim.Faults) { f.NoPong = false })
	//lint:ignore SA1019 the keepalive has no public form
	ok, _ = c.DangerousInternals().SendKeepAlive(simtest.Context(t))
	require.True(t, ok)
}

func TestServerClock(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{Faults: sim.Faults{ClockOffset: time.Hour}})
	id, err := ani.Write(simtest.Context(t), acc, "from the future")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.WithinDuration(t, time.Now().Add(time.Hour), got.Info.Timestamp, time.Minute)
}

func TestDroppedReceipts(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc.SetFaults(func(f *sim.Faults) { f.DropReceipts = true })
	id, err := c.Send(ctx, ani.Phone(), "one tick")
	require.NoError(t, err)
	_, err = ani.WaitFor(ctx, sim.Any())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		e, _ := n.Ledger.Find(acc.Phone(), ani.Phone(), id)
		return !e.Delivered.IsZero()
	}, simtest.Wait, time.Millisecond, "the ledger knows")
	require.NoError(t, ani.Read(ctx, acc, id))
	require.Zero(t, simtest.Count[*events.Receipt](c, nil))
}

func TestPreKeysRunOut(t *testing.T) {
	t.Parallel()
	n, acc, c, _ := pair(t, &sim.Network{})
	require.Equal(t, 811, acc.Companions()[0].PreKeys, "812 less the one that the phone took")
	acc.PreKeysLow(3)
	require.Eventually(t, func() bool { return acc.Companions()[0].PreKeys == 53 }, simtest.Wait, time.Millisecond, "50 new ones came")
	acc.SetFaults(func(f *sim.Faults) { f.NoPreKeys = true })
	id, err := n.Contact("6281300000003").Write(simtest.Context(t), acc, "without a one-time key")
	require.NoError(t, err)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Equal(t, 53, acc.Companions()[0].PreKeys)
}

func TestUnknownRequestIsAnswered(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	_, err := c.GetBotListV2(ctx)
	require.ErrorContains(t, err, "501")
	acc.Dirty("account_sync")
	_, err = c.GetProfilePictureInfo(ctx, jid(ani), nil)
	require.ErrorIs(t, err, whatsmeow.ErrProfilePictureNotSet)
}

func TestProfilePicture(t *testing.T) {
	t.Parallel()
	_, _, c, ani := pair(t, &sim.Network{Picture: func(string) sim.Picture {
		return sim.Picture{ID: "1", URL: "https://mmg.whatsapp.net/p/1", DirectPath: "/p/1"}
	}})
	info, err := c.GetProfilePictureInfo(simtest.Context(t), jid(ani), nil)
	require.NoError(t, err)
	require.Equal(t, "https://mmg.whatsapp.net/p/1", info.URL)
}

func TestWrongRootIsRefused(t *testing.T) {
	t.Parallel()
	n := &sim.Network{Seed: "another root"}
	require.NotEqual(t, (&sim.Network{}).RootKey(), n.RootKey())
	other := simtest.Start(t, &sim.Network{})
	simtest.Start(t, n)
	c := simtest.NewClient(t, other)
	c.Redirect(n.URL())
	require.ErrorContains(t, c.Connect(), "failed to verify intermediate cert signature")
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	r, err := n.HTTPClient().Get("https://web.whatsapp.com/nothing")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, r.StatusCode)
	require.NoError(t, r.Body.Close())
}
