package sim_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

const (
	queryCapping  = "24503548349331633"
	queryTimelock = "23983697327930364"
)

// mex asks what a client asks through w:mex.
func mex[T any](t *testing.T, c *simtest.Client, query, name string) (out T) {
	t.Helper()
	//lint:ignore SA1019 the query has no public form
	raw, err := c.DangerousInternals().SendMexIQ(simtest.Context(t), query, map[string]any{"input": map[string]any{"type": "INDIVIDUAL_NEW_CHAT_MSG"}})
	require.NoError(t, err)
	var wrapped map[string]T
	require.NoError(t, json.Unmarshal(raw, &wrapped))
	require.Contains(t, wrapped, name)
	return wrapped[name]
}

type cappingInfo struct {
	Total  int    `json:"total_quota"`
	Used   int    `json:"used_quota"`
	Status string `json:"capping_status"`
	End    string `json:"cycle_end_timestamp"`
}

func capping(t *testing.T, c *simtest.Client) cappingInfo {
	t.Helper()
	return mex[cappingInfo](t, c, queryCapping, "xwa2_message_capping_info")
}

func TestTheCapOnNewChats(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	n, acc, c, ani := pair(t, &sim.Network{OnSend: func(s sim.Stanza) bool {
		if u, ok := s.Node.GetOptionalChildByTag("update"); ok && u.Attrs["op_name"] == "MessageCappingInfoNotification" {
			var body struct {
				Data map[string]cappingInfo `json:"data"`
			}
			raw, _ := u.Content.([]byte)
			_ = json.Unmarshal(raw, &body)
			mu.Lock()
			told = append(told, body.Data["xwa2_notify_new_chat_messages_capping_info_update"].Status)
			mu.Unlock()
		}
		return true
	}})
	ctx := simtest.Context(t)
	require.Equal(t, cappingInfo{Total: -1, Status: "NONE"}, capping(t, c))
	acc.SetFaults(func(f *sim.Faults) { f.NewChatCap = 5 })
	stranger := func(i int) *sim.Contact { return n.Contact(fmt.Sprint("62857500000", 10+i)) }
	for i, want := range []string{"NONE", "NONE", "FIRST_WARNING", "SECOND_WARNING", "CAPPED"} {
		_, err := c.Send(ctx, stranger(i).Phone(), "promo")
		require.NoError(t, err)
		now := capping(t, c)
		require.Equal(t, want, now.Status)
		require.Equal(t, i+1, now.Used)
		require.Equal(t, 5, now.Total)
		require.NotEmpty(t, now.End)
	}
	_, err := c.Send(ctx, stranger(5).Phone(), "promo")
	require.ErrorContains(t, err, "463")
	_, err = ani.Write(ctx, acc, "halo")
	require.NoError(t, err)
	_, err = c.Send(ctx, ani.Phone(), "yang menulis dulu tidak dihitung")
	require.NoError(t, err)

	_, err = stranger(0).Write(ctx, acc, "boleh")
	require.NoError(t, err)
	require.Equal(t, 4, acc.Capping().Used, "an answer takes that person's messages out")
	_, err = c.Send(ctx, stranger(0).Phone(), "siap")
	require.NoError(t, err)
	_, err = c.Send(ctx, stranger(5).Phone(), "promo")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(told) == 5
	}, simtest.Wait, tick)
	require.Equal(t, []string{"FIRST_WARNING", "SECOND_WARNING", "CAPPED", "SECOND_WARNING", "CAPPED"}, told)
}

// A cut between a message and its ack makes the client send it again: that counts once.
func TestARepeatedMessageCountsOnce(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.NewChatCap, f.CutBeforeAck, f.Limit = 10, true, 1 })
	_, err := c.Send(simtest.Context(t), ani.Phone(), "promo")
	require.NoError(t, err)
	require.Equal(t, 1, acc.Capping().Used)
}

func TestTheTimelockCanBeAskedFor(t *testing.T) {
	t.Parallel()
	type lock struct {
		Active bool   `json:"is_active"`
		Kind   string `json:"enforcement_type"`
		Ends   string `json:"time_enforcement_ends"`
	}
	_, acc, c, _ := pair(t, &sim.Network{})
	ask := func() *lock { return mex[*lock](t, c, queryTimelock, "xwa2_fetch_account_reachout_timelock") }
	require.Nil(t, ask(), "none was told")
	ends := time.Now().Add(time.Hour)
	acc.Timelock(sim.Timelock{Active: true, Enforcement: "WEB_COMPANION_ONLY", Ends: ends})
	acc.Timelock(sim.Timelock{})
	require.Equal(t, &lock{true, "WEB_COMPANION_ONLY", fmt.Sprint(ends.Unix())}, ask(), "an empty notification changes nothing")
}

// The toy model: strangers who block, and a number that writes to too many of them.
func TestStrangersEndANumber(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{Behaviour: sim.Behaviour{BlockAfter: 2}})
	ctx := simtest.Context(t)
	_, err := ani.Write(ctx, acc, "saya menulis dulu")
	require.NoError(t, err)
	acc.SetFaults(func(f *sim.Faults) { f.BanAfterReports, f.BanFor = 2, 10*time.Minute })
	for i := range 3 {
		_, err := c.Send(ctx, ani.Phone(), fmt.Sprint("kepada yang kenal ", i))
		require.NoError(t, err)
		_, err = ani.WaitFor(ctx, sim.Text(fmt.Sprint("kepada yang kenal ", i)))
		require.NoError(t, err, "who has written does not block")
	}
	for i := range 2 {
		for range 2 {
			_, err := c.Send(ctx, n.Contact(fmt.Sprint("6285760000", 100+i)).Phone(), "promo")
			require.NoError(t, err)
		}
	}
	ban := simtest.Event[*events.TemporaryBan](t, c, nil)
	require.EqualValues(t, 102, ban.Code)
	require.InDelta(t, 10*time.Minute, ban.Expire, float64(time.Minute))

	acc.SetFaults(func(f *sim.Faults) { *f = sim.Faults{BanAfterCold: 2} })
	again(t, c)
	simtest.Event[*events.Connected](t, c, nil)
	for i := range 2 {
		_, err := c.Send(ctx, n.Contact(fmt.Sprint("6285760000", 200+i)).Phone(), "promo")
		require.NoError(t, err)
	}
	require.EqualValues(t, 101, simtest.Event[*events.TemporaryBan](t, c, nil).Code)
	acc.SetFaults(func(f *sim.Faults) { *f = sim.Faults{} })
	again(t, c)
	simtest.Event[*events.Connected](t, c, nil)
}

func TestRecipientsAskAgainAndAgain(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc.SetFaults(func(f *sim.Faults) { f.AskAgain = 4 })
	for i := range 3 {
		_, err := c.Send(ctx, ani.Phone(), fmt.Sprint("pesan ", i))
		require.NoError(t, err)
		// One after the other: whatsmeow encrypts an answer to a retry receipt and the next message without a turn.
		require.Eventually(t, func() bool { return n.Ledger.Summary(acc.Phone(), ani.Phone()).Collapsed == 4*(i+1) }, simtest.Wait, tick,
			"each was sent again four times")
	}
	require.Equal(t, sim.Summary{Sent: 3, Received: 3, Collapsed: 12}, n.Ledger.Summary(acc.Phone(), ani.Phone()))
	require.Len(t, ani.Inbox(), 3)
}

func TestSettingsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	_, acc, c, _ := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.AppStateMismatch = true })
	acc.SetPushName("Toko Baru")
	e := simtest.Event[*events.AppStateSyncError](t, c, nil)
	require.ErrorContains(t, e.Error, "mismatching LTHash")
	acc.SetFaults(func(f *sim.Faults) { f.AppStateMismatch = false })
	acc.SetPushName("Toko Lama")
	require.Eventually(t, func() bool {
		return simtest.Count(c, func(e *events.PushNameSetting) bool { return e.Action.GetName() == "Toko Lama" }) > 0
	}, simtest.Wait, tick)
}
