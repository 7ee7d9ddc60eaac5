package sim_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// offline writes so many messages while the companion is away and returns their texts.
func offline(t *testing.T, acc *sim.Account, c *simtest.Client, ani *sim.Contact, count int) []string {
	t.Helper()
	c.Disconnect()
	c.Forget()
	require.Eventually(t, func() bool { return !acc.Companions()[0].Online }, simtest.Wait, time.Millisecond)
	var texts []string
	for i := range count {
		texts = append(texts, fmt.Sprint("missed ", i))
		_, err := ani.Write(simtest.Context(t), acc, texts[i])
		require.NoError(t, err)
	}
	return texts
}

// arrived returns the texts that the client got, in order, once there are count.
func arrived(t *testing.T, c *simtest.Client, count int) []string {
	t.Helper()
	var mu sync.Mutex
	var texts []string
	simtest.Event(t, c, func(e *events.Message) bool {
		mu.Lock()
		defer mu.Unlock()
		texts = append(texts, e.Message.GetConversation())
		return len(texts) == count
	})
	return texts
}

func TestOfflineQueueKeepsOrder(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{}, inOrder)
	want := offline(t, acc, c, ani, 20)
	require.Equal(t, 20, acc.Companions()[0].Queued)
	require.Equal(t, 20, n.Ledger.Summary(ani.Phone(), acc.Phone()).Missing)
	require.NoError(t, c.Connect())
	require.Equal(t, want, arrived(t, c, 20))
	preview := simtest.Event[*events.OfflineSyncPreview](t, c, nil)
	require.Equal(t, 20, preview.Messages)
	require.Equal(t, 20, simtest.Event[*events.OfflineSyncCompleted](t, c, nil).Count)
	require.Eventually(t, func() bool { return acc.Companions()[0].Queued == 0 }, simtest.Wait, time.Millisecond)
	require.Equal(t, sim.Summary{Sent: 20, Received: 20}, n.Ledger.Summary(ani.Phone(), acc.Phone()))
	require.Empty(t, c.Log.Warnings())
}

func TestRedeliveredUntilAcknowledged(t *testing.T) {
	t.Parallel()
	var deaf atomic.Bool
	n := &sim.Network{OnStanza: func(s sim.Stanza) bool {
		return !deaf.Load() || (s.Node.Tag != "receipt" && s.Node.Tag != "ack")
	}}
	n, acc, c, ani := pair(t, n)
	deaf.Store(true)
	id, err := ani.Write(simtest.Context(t), acc, "twice")
	require.NoError(t, err)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	for range 2 {
		again(t, c)
		simtest.Event[*events.OfflineSyncCompleted](t, c, nil)
		require.Equal(t, 1, acc.Companions()[0].Queued)
	}
	deaf.Store(false)
	again(t, c)
	require.Eventually(t, func() bool { return acc.Companions()[0].Queued == 0 }, simtest.Wait, time.Millisecond)
	e, _ := n.Ledger.Find(ani.Phone(), acc.Phone(), id)
	d, _ := e.Delivery(acc.Phone(), acc.Companions()[0].Device)
	require.GreaterOrEqual(t, d.Copies, 3)
	require.Equal(t, 1, d.Order)
}

func TestReorderedAcrossAReconnect(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{}, inOrder)
	acc.SetFaults(func(f *sim.Faults) { f.Reorder = true })
	want := offline(t, acc, c, ani, 5)
	slices.Reverse(want)
	require.NoError(t, c.Connect())
	require.Equal(t, want, arrived(t, c, 5))
	require.Eventually(t, func() bool { return n.Ledger.To(acc.Phone()).OutOfOrder == 4 }, simtest.Wait, time.Millisecond)
}

func TestHeldUntilTheNextLogin(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.Hold = true })
	id, err := ani.Write(simtest.Context(t), acc, "held")
	require.NoError(t, err)
	require.Equal(t, 1, acc.Companions()[0].Queued)
	require.Zero(t, simtest.Count(c, func(e *events.Message) bool { return e.Info.ID == id }))
	again(t, c)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
}

func TestDuplicateDelivery(t *testing.T) {
	t.Parallel()
	n, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc.SetFaults(func(f *sim.Faults) { f.Duplicate = 2 })
	id, err := ani.Write(ctx, acc, "three copies")
	require.NoError(t, err)
	simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Eventually(t, func() bool { // they are counted when they have been handed over
		e, _ := n.Ledger.Find(ani.Phone(), acc.Phone(), id)
		d, _ := e.Delivery(acc.Phone(), acc.Companions()[0].Device)
		return d.Copies == 3
	}, simtest.Wait, time.Millisecond)
	require.Equal(t, 1, simtest.Count(c, func(e *events.Message) bool { return e.Info.ID == id }))

	id, err = c.Send(ctx, ani.Phone(), "three for the contact")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		e, _ := n.Ledger.Find(acc.Phone(), ani.Phone(), id)
		d, _ := e.Delivery(ani.Phone(), 0)
		return d.Copies == 3 && d.Collapsed == 2
	}, simtest.Wait, time.Millisecond)
	require.Len(t, ani.Inbox(), 1)
}

func TestHookHoldsAStanza(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	var armed atomic.Bool
	n := &sim.Network{OnSend: func(s sim.Stanza) bool {
		if armed.Load() && s.Node.Tag == "ack" && s.Node.Attrs["class"] == "message" {
			<-hold
		}
		return true
	}}
	_, _, c, ani := pair(t, n)
	ctx := simtest.Context(t)
	armed.Store(true)
	done := make(chan error, 1)
	go func() { _, err := c.Send(ctx, ani.Phone(), "held back"); done <- err }()
	_, err := ani.WaitFor(ctx, sim.Text("held back"))
	require.NoError(t, err)
	select {
	case <-done:
		require.Fail(t, "the ack was not held")
	default:
	}
	close(hold)
	require.NoError(t, <-done)
}

func TestOnlineHook(t *testing.T) {
	t.Parallel()
	events := make(chan string, 10)
	_, _, c, _ := pair(t, &sim.Network{OnOnline: func(a *sim.Account, d sim.Companion, on bool) {
		events <- fmt.Sprint(a.Phone(), on)
	}})
	require.Equal(t, "6281200000001true", <-events)
	c.Disconnect()
	require.Equal(t, "6281200000001false", <-events)
}

func TestContactMemory(t *testing.T) {
	n := simtest.Start(t, &sim.Network{})
	perContact := heapOf(func() {
		for i := range 10_000 {
			n.Contact(fmt.Sprintf("62813%08d", i))
		}
	}) / 10_000
	t.Logf("10,000 idle contacts: %d bytes each", perContact)
	require.Less(t, perContact, uint64(3000))
	require.Len(t, n.Contacts(), 10_000)
}

func TestContactsComeToLifeWhenAskedFor(t *testing.T) {
	t.Parallel()
	n := &sim.Network{Unregistered: func(phone string) bool { return phone == "6281399999999" }}
	n, _, c, _ := pair(t, n)
	ctx := simtest.Context(t)
	found, err := c.IsOnWhatsApp(ctx, []string{"+6281311111111", "+6281399999999"})
	require.NoError(t, err)
	require.True(t, found[0].IsIn)
	require.Equal(t, n.Contact("6281311111111").LID(), found[0].JID.User)
	require.Equal(t, "6281311111111", found[0].PhoneNumber.User)
	require.False(t, found[1].IsIn)
	_, err = c.Send(ctx, "6281399999999", "nobody")
	require.ErrorContains(t, err, "no LID found")
	_, err = c.Send(ctx, "6281322222222", "hello stranger")
	require.NoError(t, err)
	_, err = n.Contact("6281322222222").WaitFor(ctx, sim.Any())
	require.NoError(t, err)
}

func TestContactKnownByLIDOnly(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	ani.HidePhone(true)
	id, err := ani.Write(ctx, acc, "who am I")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.True(t, got.Info.SenderAlt.IsEmpty())
	found, err := c.IsOnWhatsApp(ctx, []string{"+" + ani.Phone()})
	require.NoError(t, err)
	require.False(t, found[0].IsIn)
	_, err = c.SendMessage(ctx, types.NewJID(ani.LID(), types.HiddenUserServer), text("hello LID"))
	require.NoError(t, err)
	_, err = ani.WaitFor(ctx, sim.Text("hello LID"))
	require.NoError(t, err)
}
