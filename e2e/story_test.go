package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// The first road: pair, receive, reply with a quote, receipts, and the phone's own messages.
func TestOneNumberFromEndToEnd(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		number, account := p.linked(t, "6281100000001")
		sari := p.net.Contact("6285700000001")
		sari.SetPushName("Sari")

		_, err := sari.Write(ctx, account, "Halo, apakah toko buka hari ini?")
		require.NoError(t, err)
		c := p.conversation(t, 1)
		require.Equal(t, number, c.Number)
		require.Equal(t, "Sari", c.Contact.Name)
		require.Equal(t, "+6285700000001", c.Contact.Phone)
		require.Equal(t, 1, c.Unread)
		require.Equal(t, "Halo, apakah toko buka hari ini?", c.LastMessage.Text)

		var m drive.Message
		require.NoError(t, p.owner.Do(ctx, "POST", "/v1/conversations/"+c.ID+"/messages",
			map[string]string{"text": "Buka sampai jam 9, kak", "quoted": c.LastMessage.ID}, &m))
		require.Equal(t, "person", m.Author.Kind)
		got, err := sari.WaitFor(ctx, sim.Text("Buka sampai jam 9, kak"))
		require.NoError(t, err)
		require.NoError(t, sari.Read(ctx, account, got.ID))
		p.waitStatus(t, m.ID, "read")

		_, err = account.Write(ctx, sari, "Ditunggu ya")
		require.NoError(t, err)
		require.NoError(t, drive.Until(ctx, func() (bool, error) {
			all, err := p.owner.Messages(ctx, c.ID)
			return len(all) == 3 && all[0].Author.Kind == "phone" && all[0].Text == "Ditunggu ya", err
		}), "what the owner typed on the phone shows as the phone's")

		s := p.net.Ledger.Total()
		require.Zero(t, s.Missing+s.Duplicates+s.OutOfOrder+s.Lost, "%+v", s)
	})
}

func TestANumberComesBackAfterARestartWithoutANewCode(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		number, account := p.linked(t, "6281100000002")
		off, _ := p.linked(t, "6281100000003")
		require.NoError(t, p.owner.Do(ctx, "POST", "/v1/numbers/"+off+"/disconnect", nil, nil))

		require.NoError(t, p.server.Stop(ctx))
		_, err := p.net.Contact("6285700000002").Write(ctx, account, "ada orang?")
		require.NoError(t, err)
		_, err = p.server.Launch(ctx)
		require.NoError(t, err)

		require.NoError(t, p.owner.WaitState(ctx, number, "connected"))
		require.Equal(t, "ada orang?", p.conversation(t, 1).LastMessage.Text, "what was written meanwhile arrives")
		n, err := p.owner.Number(ctx, off)
		require.NoError(t, err)
		require.False(t, n.Enabled, "a number that a person disconnected stays off")
		require.NotEqual(t, "connected", n.State)
	})
}

// conversation waits for the newest conversation to have that many unread messages.
func (p *place) conversation(t *testing.T, unread int) drive.Conversation {
	t.Helper()
	ctx := patient(t)
	var c drive.Conversation
	require.NoError(t, drive.Until(ctx, func() (bool, error) {
		all, err := p.owner.Conversations(ctx)
		if err != nil || len(all) == 0 {
			return false, err
		}
		c = all[0]
		return c.Unread >= unread, nil
	}))
	return c
}

func (p *place) waitStatus(t *testing.T, message, status string) drive.Message {
	t.Helper()
	ctx := patient(t)
	var m drive.Message
	err := drive.Until(ctx, func() (ok bool, err error) {
		m, err = p.owner.Message(ctx, message)
		return m.Status == status, err
	})
	require.NoError(t, err, "message is %s (%+v), not %s", m.Status, m.Failure, status)
	return m
}
