package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// pair starts a network with one account, its companion and one contact.
func pair(t *testing.T, n *sim.Network, settings ...func(*simtest.Client)) (*sim.Network, *sim.Account, *simtest.Client, *sim.Contact) {
	t.Helper()
	simtest.Start(t, n)
	acc := n.Account("6281200000001")
	return n, acc, simtest.Pair(t, n, acc, settings...), n.Contact("6281300000001")
}

// stayAway and inOrder are settings of a client.
func stayAway(c *simtest.Client) { c.EnableAutoReconnect = false }
func inOrder(c *simtest.Client)  { c.SynchronousAck = true }

func TestQuotedReply(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	id, err := c.Send(ctx, ani.Phone(), "halo")
	require.NoError(t, err)
	in, err := ani.WaitFor(ctx, sim.Any())
	require.NoError(t, err)
	reply, err := ani.Reply(ctx, in, "halo juga")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == reply })
	quote := got.Message.GetExtendedTextMessage().GetContextInfo()
	require.Equal(t, id, quote.GetStanzaID())
	require.Equal(t, acc.LID()+"@lid", quote.GetParticipant())
}

func TestTheOwnersPhoneWrites(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	id, err := acc.Write(ctx, ani, "from my phone")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.True(t, got.Info.IsFromMe)
	require.Equal(t, ani.LID(), got.Info.Chat.User)
	_, err = ani.WaitFor(ctx, sim.Text("from my phone"))
	require.NoError(t, err)
	require.Empty(t, c.Log.Warnings())
}

func TestRetryOfADamagedMessageToTheCompanion(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	acc.SetFaults(func(f *sim.Faults) { f.Corrupt = 1 })
	id, err := ani.Write(ctx, acc, "second try")
	require.NoError(t, err)
	simtest.Event[*events.UndecryptableMessage](t, c, nil)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Equal(t, "second try", got.Message.GetConversation())
	require.Equal(t, 1, got.RetryCount)
	companion := acc.Companions()[0].Device
	require.Eventually(t, func() bool {
		e, _ := entry(acc, ani, id)
		d, _ := e.Delivery(acc.Phone(), companion)
		return d.Retries == 1 && d.Copies == 2
	}, simtest.Wait, time.Millisecond)
}

func TestRetryWithKeysWhenItIsDamagedTwice(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	acc.SetFaults(func(f *sim.Faults) { f.Corrupt = 2 })
	id, err := ani.Write(simtest.Context(t), acc, "third try")
	require.NoError(t, err)
	got := simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
	require.Equal(t, 2, got.RetryCount)
}

// entry finds a ledger entry that ani wrote to acc.
func entry(acc *sim.Account, ani *sim.Contact, id string) (sim.Entry, bool) {
	return acc.Network().Ledger.Find(ani.Phone(), acc.Phone(), id)
}

func TestRetryOfADamagedMessageToTheContact(t *testing.T) {
	t.Parallel()
	damaged := false
	net := &sim.Network{OnStanza: func(s sim.Stanza) bool {
		participants := s.Node.GetChildByTag("participants")
		if s.Node.Tag != "message" || damaged || len(participants.GetChildren()) == 0 {
			return true
		}
		damaged = true
		for _, to := range participants.GetChildren() {
			if enc := to.GetChildByTag("enc"); enc.Tag == "enc" {
				data := enc.Content.([]byte)
				data[len(data)-12] ^= 0xff
			}
		}
		return true
	}}
	net, acc, c, ani := pair(t, net)
	ctx := simtest.Context(t)
	id, err := c.Send(ctx, ani.Phone(), "again please")
	require.NoError(t, err)
	in, err := ani.WaitFor(ctx, sim.Text("again please"))
	require.NoError(t, err)
	require.Equal(t, id, in.ID)
	e, _ := net.Ledger.Find(acc.Phone(), ani.Phone(), id)
	d, _ := e.Delivery(ani.Phone(), 0)
	require.Equal(t, 1, d.Failed)
	require.Equal(t, 1, d.Retries)
	require.Equal(t, 1, e.Copies, "a retry is no new message")
	_, err = c.Send(ctx, ani.Phone(), "the session is whole")
	require.NoError(t, err)
	_, err = ani.WaitFor(ctx, sim.Text("the session is whole"))
	require.NoError(t, err)
}

func TestTheSameIDIsCollapsedAndCounted(t *testing.T) {
	t.Parallel()
	net, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	to := types.NewJID(ani.Phone(), types.DefaultUserServer)
	id := c.GenerateMessageID()
	for range 3 {
		_, err := c.SendMessage(ctx, to, &waE2E.Message{Conversation: proto.String("once")}, whatsmeowID(id))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return net.Ledger.Summary(acc.Phone(), ani.Phone()).Collapsed == 2 }, simtest.Wait, time.Millisecond)
	require.Len(t, ani.Inbox(), 1)
	s := net.Ledger.Summary(acc.Phone(), ani.Phone())
	require.Equal(t, sim.Summary{Sent: 1, Received: 1, Repeated: 1, Collapsed: 2}, s)
}

func TestContactRepeatsAnID(t *testing.T) {
	t.Parallel()
	net, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	budi := net.Contact("6281300000002")
	m := &waE2E.Message{Conversation: proto.String("one id, two people")}
	for _, from := range []*sim.Contact{ani, ani, budi} {
		_, err := from.Send(ctx, acc, "SAMEID", m)
		require.NoError(t, err)
	}
	for _, from := range []*sim.Contact{ani, budi} {
		simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == "SAMEID" && e.Info.Sender.User == from.LID() })
	}
	require.Eventually(t, func() bool { return net.Ledger.To(acc.Phone()).Received == 2 }, simtest.Wait, time.Millisecond)
	require.Equal(t, 1, net.Ledger.To(acc.Phone()).Repeated)
}

func TestTypingAndPresence(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	jid := types.NewJID(ani.LID(), types.HiddenUserServer)
	require.NoError(t, c.SendPresence(ctx, types.PresenceAvailable))
	require.NoError(t, c.SendChatPresence(ctx, jid, types.ChatPresenceComposing, types.ChatPresenceMediaText))
	require.NoError(t, ani.WaitTyping(ctx, acc, true))
	require.NoError(t, c.SendChatPresence(ctx, jid, types.ChatPresencePaused, types.ChatPresenceMediaText))
	require.NoError(t, ani.WaitTyping(ctx, acc, false))

	require.NoError(t, ani.Type(ctx, acc, true))
	typing := simtest.Event[*events.ChatPresence](t, c, nil)
	require.Equal(t, types.ChatPresenceComposing, typing.State)
	require.Equal(t, ani.LID(), typing.Chat.User)

	require.NoError(t, c.SubscribePresence(ctx, jid))
	require.True(t, simtest.Event[*events.Presence](t, c, nil).Unavailable)
	ani.Online(true)
	simtest.Event(t, c, func(e *events.Presence) bool { return !e.Unavailable })
}

func TestReadReceiptsInBatches(t *testing.T) {
	t.Parallel()
	_, acc, c, ani := pair(t, &sim.Network{})
	ctx := simtest.Context(t)
	var ids []types.MessageID
	for i := range 3 {
		id, err := ani.Write(ctx, acc, fmt.Sprint("message ", i))
		require.NoError(t, err)
		simtest.Event(t, c, func(e *events.Message) bool { return e.Info.ID == id })
		ids = append(ids, id)
	}
	jid := types.NewJID(ani.LID(), types.HiddenUserServer)
	require.NoError(t, c.MarkRead(ctx, ids, time.Now(), jid, jid))
	for _, id := range ids {
		require.NoError(t, ani.WaitReceipt(ctx, id, "read"))
	}
	e, _ := acc.Network().Ledger.Find(ani.Phone(), acc.Phone(), ids[2])
	require.False(t, e.Read.IsZero())
	require.NoError(t, c.MarkRead(ctx, ids[:1], time.Now(), jid, jid, types.ReceiptTypePlayed))
	require.NoError(t, ani.WaitReceipt(ctx, ids[0], "played"))
}

func TestPrivacyTokensTravelWithLaterMessages(t *testing.T) {
	t.Parallel()
	tokens := make(chan bin.Node, 10)
	net := &sim.Network{OnStanza: func(s sim.Stanza) bool {
		if t, ok := s.Node.GetOptionalChildByTag("tctoken"); ok && s.Node.Tag == "message" {
			tokens <- t
		}
		return true
	}}
	net, acc, c, _ := pair(t, net)
	ctx := simtest.Context(t)
	other := net.Account("6281200000002")
	peer := simtest.Pair(t, net, other)
	_, err := peer.Send(ctx, acc.Phone(), "hello")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		token, err := c.Store.PrivacyTokens.GetPrivacyToken(ctx, types.NewJID(other.LID(), types.HiddenUserServer))
		return err == nil && token != nil && len(token.Token) > 0
	}, simtest.Wait, 5*time.Millisecond)
	_, err = c.Send(ctx, other.Phone(), "hello back")
	require.NoError(t, err)
	require.NotEmpty(t, (<-tokens).Content)
}
