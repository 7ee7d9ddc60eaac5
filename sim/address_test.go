package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// writes lets a contact write and returns what the client made of it.
func writes(t *testing.T, c *simtest.Client, from *sim.Contact, to *sim.Account, text string) types.MessageInfo {
	t.Helper()
	id, err := from.Write(simtest.Context(t), to, text)
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Equal(t, text, got.Message.GetConversation())
	return got.Info
}

func TestAChatChangesItsAddressingInTheMiddle(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	for i, byPhone := range []bool{false, true, false} {
		ani.AddressByPhone(byPhone)
		info := writes(t, c, ani, acc, "pesan "+string(rune('a'+i)))
		own, other := ani.LID(), ani.Phone()
		if byPhone {
			own, other = other, own
		}
		require.Equal(t, own, info.Sender.User)
		require.Equal(t, other, info.SenderAlt.User)
		_, err := c.Send(ctx, ani.Phone(), "balas "+string(rune('a'+i)))
		require.NoError(t, err)
		_, err = ani.WaitFor(ctx, sim.Text("balas "+string(rune('a'+i))))
		require.NoError(t, err)
	}
	require.Empty(t, c.Log.Warnings())
	require.Equal(t, sim.Summary{Sent: 3, Received: 3}, n.Ledger.Summary(ani.Phone(), acc.Phone()))
	require.Equal(t, sim.Summary{Sent: 3, Received: 3}, n.Ledger.Summary(acc.Phone(), ani.Phone()))
}

func TestWhatThePhoneWritesFollowsTheAddressing(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	for _, byPhone := range []bool{false, true} {
		acc.SetFaults(func(f *sim.Faults) { f.PhoneAddressed = byPhone })
		id, err := acc.Write(simtest.Context(t), ani, "dari HP")
		require.NoError(t, err)
		info := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id }).Info
		require.True(t, info.IsFromMe)
		chat, alt := ani.LID(), ani.Phone()
		if byPhone {
			chat, alt = alt, chat
		}
		require.Equal(t, chat, info.Chat.User)
		require.Equal(t, alt, info.RecipientAlt.User)
	}
}

// Without the other name a client knows two people, until the phone says who is who.
func TestAPhoneTellsTheHiddenIDsOfItsChats(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{Faults: sim.Faults{NoAlias: true, PhoneAddressed: true}})
	ctx := simtest.Context(t)
	require.True(t, writes(t, c, ani, acc, "dari nomor").SenderAlt.IsEmpty())
	lid, err := c.Store.LIDs.GetLIDForPN(ctx, jid(ani))
	require.NoError(t, err)
	require.True(t, lid.IsEmpty())

	require.NoError(t, acc.TellLIDs(ctx))
	require.Eventually(t, func() bool {
		lid, err := c.Store.LIDs.GetLIDForPN(ctx, jid(ani))
		return err == nil && lid.User == ani.LID()
	}, simtest.Wait, tick)
	n.SetFaults(func(f *sim.Faults) { f.PhoneAddressed = false })
	info := writes(t, c, ani, acc, "dari LID")
	require.Equal(t, ani.LID(), info.Sender.User)
	require.Equal(t, sim.Summary{Sent: 2, Received: 2}, n.Ledger.Summary(ani.Phone(), acc.Phone()))
}

// A hidden number stays hidden, also in the copies of what the account's phone wrote.
func TestAHiddenNumberIsNowhere(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ani.HidePhone(true)
	ani.AddressByPhone(true)
	info := writes(t, c, ani, acc, "siapa ya")
	require.Equal(t, ani.LID(), info.Sender.User)
	require.True(t, info.SenderAlt.IsEmpty())
	id, err := acc.Write(simtest.Context(t), ani, "dari HP")
	require.NoError(t, err)
	own := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id }).Info
	require.Equal(t, ani.LID(), own.Chat.User)
	require.True(t, own.RecipientAlt.IsEmpty())
}
