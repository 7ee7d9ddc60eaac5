package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

func TestBehaviours(t *testing.T) {
	t.Parallel()
	n, _, c, ani := pair(t, &sim.Network{Behaviour: sim.Behaviour{AutoReply: "I am away"}})
	ctx := simtest.Context(t)
	answer := func(to *sim.Contact, text string) string {
		c.Forget()
		_, err := c.Send(ctx, to.Phone(), text)
		require.NoError(t, err)
		return simtest.Event[*events.Message](t, c, func(e *events.Message) bool { return !e.Info.IsFromMe }).Message.GetConversation()
	}
	require.Equal(t, "I am away", answer(ani, "hi"))
	ani.SetBehaviour(sim.Behaviour{Echo: true, Read: true})
	require.Equal(t, "hi again", answer(ani, "hi again"))
	simtest.Event(t, c, func(e *events.Receipt) bool { return e.Type == types.ReceiptTypeRead })
	require.NoError(t, c.SendPresence(ctx, types.PresenceAvailable))
	ani.SetBehaviour(sim.Behaviour{
		Reply:      func(m sim.Incoming) string { return strings.ToUpper(m.Text) },
		ReplyAfter: 5 * time.Millisecond, ReadAfter: time.Millisecond, Read: true, Typing: true,
	})
	require.Equal(t, "LOUD", answer(ani, "loud"))
	simtest.Event(t, c, func(e *events.ChatPresence) bool { return e.State == types.ChatPresenceComposing })
	require.Equal(t, "I am away", answer(n.Contact("6281300000002"), "others"))
}

func TestSilentContactGivesOneTick(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	ani.SetBehaviour(sim.Behaviour{Silent: true})
	id, err := c.Send(ctx, ani.Phone(), "anybody there?")
	require.NoError(t, err)
	_, err = ani.WaitFor(ctx, sim.Any())
	require.NoError(t, err)
	e, _ := n.Ledger.Find(acc.Phone(), ani.Phone(), id)
	require.Zero(t, e.Delivered)
	d, _ := e.Delivery(ani.Phone(), 0)
	require.Equal(t, 1, d.Order)
}

func TestBlockReportIgnore(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{Behaviour: sim.Behaviour{Read: true, AutoReply: "stop it"}})
	ctx := simtest.Context(t)
	budi := n.Contact("6281300000002")
	ani.Ignore(acc, true)
	id, err := c.Send(ctx, ani.Phone(), "ignored")
	require.NoError(t, err)
	simtest.Event(t, c, func(e *events.Receipt) bool { return e.MessageIDs[0] == id && e.Type == types.ReceiptTypeDelivered })
	_, err = c.Send(ctx, budi.Phone(), "not ignored")
	require.NoError(t, err)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.Sender.User == budi.LID() })
	require.Zero(t, simtest.Count(c, func(e *events.Message) bool { return e.Info.Sender.User == ani.LID() }))

	budi.Report(acc)
	budi.Block(acc, true)
	require.Equal(t, 1, acc.Reports())
	_, err = c.Send(ctx, budi.Phone(), "blocked")
	require.NoError(t, err, "the sender is not told")
	budi.Block(acc, false)
	_, err = c.Send(ctx, budi.Phone(), "not any more")
	require.NoError(t, err)
	_, err = budi.WaitFor(ctx, sim.Text("not any more"))
	require.NoError(t, err)
	s := n.Ledger.Summary(acc.Phone(), budi.Phone())
	require.Equal(t, 1, s.Missing)
	require.Equal(t, 3, s.Sent)
}

func TestPushNames(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	require.Equal(t, acc.Phone(), c.Store.PushName, "until one is set")
	acc.SetPushName("Toko Sapa")
	setting := simtest.Event(t, c, func(e *events.PushNameSetting) bool { return e.Action.GetName() == "Toko Sapa" })
	require.False(t, setting.FromFullSync)
	_, err := ani.Write(ctx, acc, "no name")
	require.NoError(t, err)
	ani.SetPushName("Ani")
	id, err := ani.Write(ctx, acc, "with a name")
	require.NoError(t, err)
	require.Equal(t, "Ani", simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id }).Info.PushName)
}

func TestAppStateWrittenByACompanion(t *testing.T) {
	t.Parallel()
	n, acc, first, ani := pair(t, &sim.Network{})
	second := simtest.Pair(t, n, acc)
	ctx := simtest.Context(t)
	chat := types.NewJID(ani.LID(), types.HiddenUserServer)
	require.NoError(t, first.SendAppState(ctx, mute(chat)), "a full sync, which whatsmeow does not report")
	simtest.Event(t, second, func(e *events.AppStateSyncComplete) bool {
		return e.Name == appstate.WAPatchRegularHigh && e.Version == 1
	})
	require.NoError(t, first.SendAppState(ctx, mute(chat)))
	simtest.Event(t, second, func(e *events.Mute) bool { return e.JID == chat && e.Action.GetMuted() })
	require.Empty(t, first.Log.Warnings())
	require.Empty(t, second.Log.Warnings())
}
