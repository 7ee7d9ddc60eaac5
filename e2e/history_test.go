package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/media"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// said is a message of the past as a person sees it.
type said struct {
	Text string
	Mine bool
	Time time.Time
}

// past is a plan of contacts who exist on the network, so that their chats can go on.
func past(net *sim.Network, plan history.Plan) history.Plan {
	plan.Newest = time.Now().Add(-time.Hour)
	plan.With = func(chat int) history.Party {
		c := net.Contact(fmt.Sprintf("62857700%05d", chat))
		return history.Party{Phone: c.Phone(), LID: c.LID(), Name: fmt.Sprint("Pelanggan ", chat)}
	}
	return plan
}

// told is what the phone tells of a plan, by phone number, each message once and the oldest first.
func told(t *testing.T, plan history.Plan) map[string][]said {
	t.Helper()
	all, known := map[string][]said{}, map[string]bool{}
	for _, part := range plan.Parts() {
		var raw bytes.Buffer
		_, err := part.WriteTo(&raw)
		require.NoError(t, err)
		h := &waHistorySync.HistorySync{}
		require.NoError(t, proto.Unmarshal(raw.Bytes(), h))
		for _, chat := range h.GetConversations() {
			phone := "+" + chat.GetPnJID()[:len(chat.GetPnJID())-len("@s.whatsapp.net")]
			for _, m := range chat.GetMessages() {
				w := m.GetMessage()
				if known[w.GetKey().GetID()] {
					continue
				}
				known[w.GetKey().GetID()] = true
				all[phone] = append(all[phone], said{w.GetMessage().GetConversation(), w.GetKey().GetFromMe(), time.Unix(int64(w.GetMessageTimestamp()), 0).UTC()})
			}
		}
	}
	for _, chat := range all {
		slices.SortFunc(chat, func(a, b said) int { return a.Time.Compare(b.Time) })
	}
	return all
}

// withPast runs a story on every engine, on a network whose phones tell the past after each pairing.
func withPast(t *testing.T, plan history.Plan, story func(t *testing.T, p *place, plan history.Plan, files *media.Store)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		files := &media.Store{}
		t.Cleanup(func() { _ = files.Close() })
		net := &sim.Network{Media: files.Handler()}
		plan := past(net, plan)
		net.OnPaired = func(ctx context.Context, acc *sim.Account, c sim.Companion) {
			if err := plan.Send(ctx, acc, c.Device, files); err != nil && ctx.Err() == nil {
				t.Errorf("the past could not be told: %v", err)
			}
		}
		var settings []string
		if cfg.Postgres != "" {
			settings = append(settings, "--database.url="+cfg.Postgres)
		}
		story(t, openOn(t, net, settings...), plan, files)
	})
}

// remembers waits until Sapa shows exactly the past, in order, with its authors and times, and nothing of it as unread.
func (p *place) remembers(t *testing.T, number string, want map[string][]said) {
	t.Helper()
	ctx := patient(t)
	have := func() (n int, got map[string][]said, err error) {
		got = map[string][]said{}
		all, err := p.owner.AllConversations(ctx, number)
		for _, v := range all {
			messages, err := p.owner.AllMessages(ctx, v.ID)
			if err != nil {
				return 0, nil, err
			}
			require.Zero(t, v.Unread)
			for _, m := range messages {
				require.Equal(t, map[bool]string{true: "phone", false: "contact"}[m.Direction == "out"], m.Author.Kind)
				got[v.Contact.Phone] = append(got[v.Contact.Phone], said{m.Text, m.Direction == "out", m.Time.UTC()})
				n++
			}
			require.NotEmpty(t, v.Contact.Name)
			require.Equal(t, messages[len(messages)-1].ID, v.LastMessage.ID)
		}
		return n, got, err
	}
	total := 0
	for _, chat := range want {
		total += len(chat)
	}
	var got map[string][]said
	require.NoError(t, drive.Until(ctx, func() (_ bool, err error) {
		n := 0
		n, got, err = have()
		return n >= total, err
	}))
	require.Equal(t, want, got)
}

// After a pairing the past is there, and nobody was told of it: no event, no notification, nothing unread. The chats go on, and
// a second pairing, which tells the same past again, adds nothing.
func TestThePastArrivesQuietlyAndOnce(t *testing.T) {
	withPast(t, history.Plan{Seed: 3, Chats: 60, Messages: 24, ChunkChats: 20}, func(t *testing.T, p *place, plan history.Plan, files *media.Store) {
		ctx := patient(t)
		number, account := p.linked(t, "6281140000001")
		want := told(t, plan)
		finished(t, files, len(plan.Parts())-1)
		p.remembers(t, number, want)
		events, err := p.owner.Events(ctx, "0", "")
		require.NoError(t, err)
		for _, e := range events {
			require.Contains(t, []string{"number.created", "number.updated", "number.state"}, e.Type)
		}

		with := plan.With(7)
		_, err = p.net.Contact(with.Phone).Write(ctx, account, "masih ingat saya?")
		require.NoError(t, err)
		v := p.conversation(t, 1)
		require.Equal(t, "+"+with.Phone, v.Contact.Phone)
		require.Equal(t, "masih ingat saya?", v.LastMessage.Text)
		all, err := p.owner.AllMessages(ctx, v.ID)
		require.NoError(t, err)
		require.Len(t, all, len(want["+"+with.Phone])+1, "the chat goes on where it was")
		require.NoError(t, p.owner.Do(ctx, "POST", "/v1/conversations/"+v.ID+"/read", map[string]string{}, nil))
		last := all[len(all)-1]
		want["+"+with.Phone] = append(want["+"+with.Phone], said{last.Text, false, last.Time.UTC()})

		require.NoError(t, account.Unlink(account.Companions()[0].Device))
		require.NoError(t, p.owner.WaitState(ctx, number, "logged_out"))
		require.NoError(t, p.owner.Pair(ctx, number, account))
		finished(t, files, 2*(len(plan.Parts())-1))
		_, err = p.net.Contact(plan.With(8).Phone).Write(ctx, account, "setelah pasang lagi")
		require.NoError(t, err)
		v = p.conversation(t, 1)
		require.NoError(t, p.owner.Do(ctx, "POST", "/v1/conversations/"+v.ID+"/read", map[string]string{}, nil))
		phone := "+" + plan.With(8).Phone
		want[phone] = append(want[phone], said{v.LastMessage.Text, false, v.LastMessage.Time.UTC()})
		p.remembers(t, number, want)
	})
}

// Killed while it reads the past, the program goes on where it was, and nothing is there twice. What people write meanwhile does
// not wait for it.
func TestKilledWhileThePastArrives(t *testing.T) {
	withPast(t, history.Plan{Seed: 4, Chats: 60, Messages: 200, ChunkChats: 10}, func(t *testing.T, p *place, plan history.Plan, files *media.Store) {
		ctx := patient(t)
		number, account := p.linked(t, "6281140000002")
		want, stranger := told(t, plan), p.net.Contact("6285779999999")
		stranger.SetPushName("Orang baru")
		phone := "+" + stranger.Phone()
		for round := range 3 {
			text := fmt.Sprint("permisi ", round)
			begun := time.Now()
			_, err := stranger.Write(ctx, account, text)
			require.NoError(t, err)
			require.NoError(t, drive.Until(ctx, func() (bool, error) {
				all, err := p.owner.Conversations(ctx)
				return len(all) > 0 && all[0].LastMessage.Text == text, err
			}))
			t.Logf("round %d: a live message took %s", round, time.Since(begun).Round(time.Millisecond))
			v := p.conversation(t, 1)
			want[phone] = append(want[phone], said{text, false, v.LastMessage.Time.UTC()})
			require.NoError(t, p.owner.Do(ctx, "POST", "/v1/conversations/"+v.ID+"/read", map[string]string{}, nil))
			all, err := p.owner.AllConversations(ctx, number)
			require.NoError(t, err)
			t.Logf("round %d: killed with %d of %d conversations", round, len(all), len(want))
			p.server.Kill()
			_, err = p.server.Launch(ctx)
			require.NoError(t, err)
			require.NoError(t, p.owner.WaitState(ctx, number, "connected"))
		}
		p.remembers(t, number, want)
		finished(t, files, len(plan.Parts())-1)
		p.remembers(t, number, want)
	})
}

// finished waits until so many parts of the past have been stored: then their media is deleted.
func finished(t *testing.T, files *media.Store, parts int) {
	t.Helper()
	require.NoError(t, drive.Until(patient(t), func() (bool, error) { return files.Counts().Deletes >= parts, nil }),
		"%d of %d parts", files.Counts().Deletes, parts)
}

// Anybody can send a message that announces a history. Only the account's own phone is believed.
func TestNobodyElseCanTellThePast(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		_, account := p.linked(t, "6281140000003")
		mallory := p.net.Contact("6285770000666")
		parts := past(p.net, history.Plan{Seed: 5, Chats: 2, Messages: 2}).Parts()
		forged := &waE2E.HistorySyncNotification{SyncType: waE2E.HistorySyncType_INITIAL_BOOTSTRAP.Enum(), InitialHistBootstrapInlinePayload: zlibOf(t, parts[0])}
		_, err := mallory.Send(ctx, account, "", &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: forged,
		}})
		require.NoError(t, err)
		_, err = mallory.Write(ctx, account, "halo")
		require.NoError(t, err)
		v := p.conversation(t, 1)
		require.Equal(t, "halo", v.LastMessage.Text)
		pause(ctx, 500*time.Millisecond) // an import would have begun by now
		all, err := p.owner.Conversations(ctx)
		require.NoError(t, err)
		require.Len(t, all, 1, "a stranger put words into others' mouths")
	})
}

func zlibOf(t *testing.T, part history.Part) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, part.Compress(&out))
	return out.Bytes()
}
