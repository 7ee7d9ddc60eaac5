package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// Sapa and another companion are linked to one phone: both get what comes in, each sees what the other sent.
func TestTwoCompanionsOfOnePhone(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	const phone, sari = "6281130000001", "6285730000001"
	sapa, meow := b.number(t, phone), b.client(t, phone)

	require.NoError(t, b.net.Write(ctx, sari, phone, "halo semua"))
	shows(t, sapa, sari, "halo semua")
	shows(t, meow, sari, "halo semua")

	_, _, err := meow.send(ctx, sari, "dari perangkat lain")
	require.NoError(t, err)
	sapa.showsOwn(t, sari, "dari perangkat lain", "phone")
	_, _, err = sapa.send(ctx, sari, "dari Sapa")
	require.NoError(t, err)
	sapa.showsOwn(t, sari, "dari Sapa", "person")
	simtest.Event(t, meow.Client, func(e *events.Message) bool {
		return e.Info.IsFromMe && e.Message.GetConversation() == "dari Sapa" && e.Info.DeviceSentMeta != nil
	})
	require.NoError(t, b.net.WriteFromPhone(ctx, phone, sari, "dari ponsel"))
	sapa.showsOwn(t, sari, "dari ponsel", "phone")
	simtest.Event(t, meow.Client, func(e *events.Message) bool { return e.Message.GetConversation() == "dari ponsel" })

	all, err := sapa.messages(ctx, sari)
	require.NoError(t, err)
	require.Len(t, all, 4, "each message shows once, in one conversation")
	b.clean(t, sari, phone, 1)
	b.clean(t, phone, sari, 3)
	require.Empty(t, meow.Log.Warnings())
}

// Whichever of two companions is unlinked, the other goes on.
func TestUnlinkingOneCompanionLeavesTheOther(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	const phone, sari = "6281130000011", "6285730000011"
	sapa := b.number(t, phone)
	ours := b.device(t, phone)
	meow := b.client(t, phone)

	require.NoError(t, b.net.Unlink(ctx, phone, int(meow.Store.GetJID().Device)))
	simtest.Event[*events.LoggedOut](t, meow.Client, nil)
	require.NoError(t, b.net.Write(ctx, sari, phone, "masih di Sapa"))
	shows(t, sapa, sari, "masih di Sapa")
	waits(t, "connected", sapa.state)

	meow = b.client(t, phone)
	require.NoError(t, b.net.Unlink(ctx, phone, ours))
	waits(t, "logged_out device_removed 401", sapa.state)
	require.NoError(t, b.net.Write(ctx, sari, phone, "masih di sana"))
	shows(t, meow, sari, "masih di sana")
}

// A phone unlinks Sapa. The number says so, its conversations stay, and pairing the same phone again continues them.
func TestAnUnlinkedNumberIsPairedAgainAndGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		number, account := p.linked(t, "6281130000021")
		sari := p.net.Contact("6285730000021")
		sari.SetPushName("Sari")
		_, err := sari.Write(ctx, account, "sebelum dilepas")
		require.NoError(t, err)
		before := p.conversation(t, 1)
		require.NoError(t, drive.Until(ctx, func() (bool, error) {
			return p.net.Ledger.Total().Missing == 0, nil
		}), "what is shown is acknowledged a moment later")

		require.NoError(t, account.Unlink(account.Companions()[0].Device))
		require.NoError(t, p.owner.WaitState(ctx, number, "logged_out"))
		n, err := p.owner.Number(ctx, number)
		require.NoError(t, err)
		require.Equal(t, []string{"device_removed", "401"}, []string{n.Cause, n.CauseCode})
		p.event(t, "number.state", number, map[string]any{"state": "logged_out", "previous": "connected", "cause": "device_removed", "cause_code": "401"})
		all, err := p.owner.Messages(ctx, before.ID)
		require.NoError(t, err)
		require.Len(t, all, 1, "the conversation stays")
		waiting, err := p.owner.Send(ctx, number, "+"+sari.Phone(), "menunggu")
		if err == nil { // it waits for the number rather than being refused
			require.Contains(t, []string{"queued", "failed"}, waiting.Status)
		}

		require.NoError(t, p.owner.Pair(ctx, number, account))
		_, err = sari.Write(ctx, account, "sesudah dipasang lagi")
		require.NoError(t, err)
		require.NoError(t, drive.Until(ctx, func() (bool, error) {
			all, err = p.owner.Messages(ctx, before.ID)
			return len(all) > 0 && all[0].Text == "sesudah dipasang lagi", err
		}), "the same conversation goes on")
		p.delivered(t, number, sari.Phone(), "siap, kak")
		conversations, err := p.owner.Conversations(ctx)
		require.NoError(t, err)
		require.Len(t, conversations, 1, "the contact is not doubled")
		var contacts struct{ Items []any }
		require.NoError(t, p.owner.Do(ctx, http.MethodGet, "/v1/contacts", nil, &contacts))
		require.Len(t, contacts.Items, 1)
		s := p.net.Ledger.Total()
		require.Zero(t, s.Missing+s.Duplicates+s.OutOfOrder+s.Lost, "%+v", s)
	})
}

// device is the number of the only companion of a phone.
func (b *beside) device(t *testing.T, phone string) int {
	t.Helper()
	a, err := b.net.Account(patient(t), phone)
	require.NoError(t, err)
	require.Len(t, a.Companions, 1)
	return a.Companions[0].Device
}

// showsOwn waits until Sapa shows a message of its own side once, with the author.
func (s *number) showsOwn(t *testing.T, to, text, author string) {
	t.Helper()
	ctx := patient(t)
	require.NoError(t, drive.Until(ctx, func() (bool, error) {
		all, err := s.messages(ctx, to)
		count := 0
		for _, m := range all {
			if m.Text == text && m.Direction == "out" && m.Author.Kind == author {
				count++
			}
		}
		return count == 1, err
	}), "%q does not show as the %s's", text, author)
}
