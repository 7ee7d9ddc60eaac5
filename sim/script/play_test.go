package script_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/script"
	"github.com/sapa-chat/sapa/sim/simtest"
)

func TestCustomersWriteReadAndGoOn(t *testing.T) {
	t.Parallel()
	network := simtest.Start(t, &sim.Network{})
	account := network.Account("6281200000001")
	client := simtest.Pair(t, network, account)
	require.NoError(t, client.SendPresence(t.Context(), types.PresenceAvailable)) // typing is shown only to those who are there
	client.AddEventHandler(func(e any) {
		if m, ok := e.(*events.Message); ok && !m.Info.IsFromMe { // a shop that helps with everything
			go func() {
				_, _ = client.Send(context.WithoutCancel(t.Context()), m.Info.SenderAlt.User, "Rp 20.000, ada, buka, maaf kami cek, baik, yes we have it")
			}()
		}
	})
	play := &script.Play{Network: network, Account: account, People: 4, Rounds: 1, Pace: script.Lively().Scaled(0.01)}
	ended := make(chan error, 1)
	go func() { ended <- play.Run(simtest.Context(t)) }()

	first := simtest.Event(t, client, func(m *events.Message) bool { return !m.Info.IsFromMe })
	require.Equal(t, script.Cast()[0].Name, first.Info.PushName)
	simtest.Event(t, client, func(r *events.Receipt) bool { return r.Type == types.ReceiptTypeRead })
	simtest.Event(t, client, func(*events.ChatPresence) bool { return true })
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(simtest.Wait):
		t.Fatal("the play did not end")
	}
	for _, person := range script.Cast()[:4] {
		sum := network.Ledger.Summary(person.Phone, account.Phone())
		require.GreaterOrEqual(t, sum.Sent, 2, "%s asked and thanked", person.Name)
		require.Less(t, sum.Sent, 10)
		require.NotEmpty(t, network.Contact(person.Phone).Inbox(), "%s was answered", person.Name)
	}
}

// Whoever starts a demonstration waits for Pace.First and not for somebody to type.
func TestTheVeryFirstLineIsNotTyped(t *testing.T) {
	t.Parallel()
	require.Less(t, script.Lively().First, time.Second)
	network := simtest.Start(t, &sim.Network{})
	account := network.Account("6281200000001")
	client := simtest.Pair(t, network, account)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	pace := script.Lively()
	pace.Typing, pace.Longest = time.Hour, time.Hour
	go func() { ended <- (&script.Play{Network: network, Account: account, People: 1, Pace: pace}).Run(ctx) }()
	simtest.Event(t, client, func(m *events.Message) bool { return !m.Info.IsFromMe })
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestThePlayEndsWithItsContext(t *testing.T) {
	t.Parallel()
	network := simtest.Start(t, &sim.Network{})
	ctx, cancel := context.WithCancel(t.Context())
	play := &script.Play{Network: network, Account: network.Account("6281200000001")}
	ended := make(chan error, 1)
	go func() { ended <- play.Run(ctx) }()
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
