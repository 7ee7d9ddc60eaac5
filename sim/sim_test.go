package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

func TestPairByQRAndTextBothWays(t *testing.T) {
	t.Parallel()
	n := simtest.Start(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc, ani := n.Account("6281200000001"), n.Contact("6281300000001")
	ani.SetPushName("Ani")
	c := simtest.Pair(t, n, acc)

	id, err := ani.Write(ctx, acc, "halo")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Equal(t, "halo", got.Message.GetConversation())
	require.Equal(t, "Ani", got.Info.PushName)
	require.Equal(t, ani.LID(), got.Info.Sender.User)
	require.Equal(t, ani.Phone(), got.Info.SenderAlt.User)
	require.NoError(t, ani.WaitReceipt(ctx, id, "delivered"))

	id, err = c.Send(ctx, ani.Phone(), "halo juga")
	require.NoError(t, err)
	in, err := ani.WaitFor(ctx, sim.Text("halo juga"))
	require.NoError(t, err)
	require.Equal(t, id, in.ID)
	simtest.Event(t, c, func(e *events.Receipt) bool {
		return e.MessageIDs[0] == id && e.Type == types.ReceiptTypeDelivered
	})
	require.NoError(t, ani.Read(ctx, acc, id))
	simtest.Event(t, c, func(e *events.Receipt) bool { return e.MessageIDs[0] == id && e.Type == types.ReceiptTypeRead })

	in, err = acc.WaitFor(ctx, sim.Text("halo juga"))
	require.NoError(t, err)
	require.True(t, in.FromMe)
	require.Equal(t, ani.Phone(), in.To)
	require.Empty(t, c.Log.Warnings())
}
