package web

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/wa"
)

func deflated(t testing.TB, write func(w io.Writer)) past {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	write(z)
	require.NoError(t, z.Close())
	return past{out.Bytes()}
}

func idsOf(t *testing.T, p past, chats int) [][]string {
	t.Helper()
	ids := make([][]string, chats)
	require.NoError(t, p.messages(func(chat int, m *waHistorySync.HistorySyncMsg) error {
		ids[chat] = append(ids[chat], m.GetMessage().GetKey().GetID())
		return nil
	}))
	return ids
}

// What is read as a stream is what protobuf's own reader finds, whatever stands behind the messages.
func TestAPartIsReadAsProtobufReadsIt(t *testing.T) {
	t.Parallel()
	for _, part := range (history.Plan{Seed: 7, Chats: 12, Messages: 9}).Parts() {
		whole := &waHistorySync.HistorySync{}
		var raw bytes.Buffer
		_, err := part.WriteTo(&raw)
		require.NoError(t, err)
		require.NoError(t, proto.Unmarshal(raw.Bytes(), whole))
		canonical, err := proto.Marshal(whole) // with what the part's head says behind the chats
		require.NoError(t, err)
		for _, written := range [][]byte{raw.Bytes(), canonical} {
			p := deflated(t, func(w io.Writer) { _, _ = w.Write(written) })
			about, chats, err := p.overview()
			require.NoError(t, err)
			require.Equal(t, whole.GetNctSalt(), about.GetNctSalt())
			require.Equal(t, len(whole.GetPhoneNumberToLidMappings()), len(about.GetPhoneNumberToLidMappings()))
			require.Equal(t, len(whole.GetPushnames()), len(about.GetPushnames()))
			require.Len(t, chats, len(whole.GetConversations()))
			ids := idsOf(t, p, len(chats))
			for i, chat := range whole.GetConversations() {
				require.Equal(t, []string{chat.GetID(), chat.GetPnJID(), chat.GetLidJID(), chat.GetName()},
					[]string{chats[i].GetID(), chats[i].GetPnJID(), chats[i].GetLidJID(), chats[i].GetName()})
				require.Empty(t, chats[i].GetMessages())
				var want []string
				for _, m := range chat.GetMessages() {
					want = append(want, m.GetMessage().GetKey().GetID())
				}
				require.Equal(t, want, ids[i])
			}
		}
	}
}

func chatOf(id string, messages ...*waHistorySync.HistorySyncMsg) *waHistorySync.HistorySync {
	return &waHistorySync.HistorySync{SyncType: waHistorySync.HistorySync_RECENT.Enum(), Conversations: []*waHistorySync.Conversation{{ID: &id, Messages: messages}}}
}

func saidWith(id, stub string) *waHistorySync.HistorySyncMsg {
	return &waHistorySync.HistorySyncMsg{Message: &waWeb.WebMessageInfo{Key: &waCommon.MessageKey{ID: &id}, MessageStubParameters: []string{stub}}}
}

func TestAMessageThatIsTooLargeIsLeftOut(t *testing.T) {
	t.Parallel()
	raw, err := proto.Marshal(chatOf("1@s.whatsapp.net", saidWith("a", ""), saidWith("b", strings.Repeat("x", largestMessage)), saidWith("c", "")))
	require.NoError(t, err)
	p := deflated(t, func(w io.Writer) { _, _ = w.Write(raw) })
	require.Equal(t, [][]string{{"a", "c"}}, idsOf(t, p, 1))
}

// Garbage, and a part that was cut off, are told apart from what may work another time.
func TestAPartThatCannotBeReadIsHopeless(t *testing.T) {
	t.Parallel()
	raw, err := proto.Marshal(chatOf("1@s.whatsapp.net", saidWith("a", "x"), saidWith("b", "y")))
	require.NoError(t, err)
	whole := deflated(t, func(w io.Writer) { _, _ = w.Write(raw) }).compressed
	read := func(b []byte) error {
		_, _, err := past{b}.overview()
		return errors.Join(err, past{b}.messages(func(int, *waHistorySync.HistorySyncMsg) error { return nil }))
	}
	require.NoError(t, read(whole))
	for cut := range whole {
		require.ErrorIs(t, read(whole[:cut]), errPast, "cut at %d", cut)
	}
	for cut := 1; cut < len(raw); cut++ {
		_ = read(deflated(t, func(w io.Writer) { _, _ = w.Write(raw[:cut]) }).compressed) // some are whole; none may panic
	}
	for bit := range raw {
		broken := bytes.Clone(raw)
		broken[bit] ^= 0xff
		_ = read(deflated(t, func(w io.Writer) { _, _ = w.Write(broken) }).compressed)
	}
	salt, err := proto.Marshal(&waHistorySync.HistorySync{SyncType: waHistorySync.HistorySync_RECENT.Enum(), NctSalt: make([]byte, largestHead)})
	require.NoError(t, err)
	require.ErrorIs(t, read(deflated(t, func(w io.Writer) { _, _ = w.Write(salt) }).compressed), errPast)
	huge := []byte{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}
	require.ErrorIs(t, read(deflated(t, func(w io.Writer) { _, _ = w.Write(huge) }).compressed), errPast)
}

// An error of whoever takes the messages is theirs, and comes back as it is.
func TestAPartThatCouldNotBeStoredIsNotHopeless(t *testing.T) {
	t.Parallel()
	raw, err := proto.Marshal(chatOf("1@s.whatsapp.net", saidWith("a", "x")))
	require.NoError(t, err)
	mine := errors.New("the database is away")
	err = deflated(t, func(w io.Writer) { _, _ = w.Write(raw) }).messages(func(int, *waHistorySync.HistorySyncMsg) error { return mine })
	require.ErrorIs(t, err, mine)
	require.NotErrorIs(t, err, errPast)
}

// 200 MB that compress to almost nothing must not become 200 MB of memory.
func TestALargePartCostsTheMemoryOfAMessage(t *testing.T) {
	raw, err := proto.Marshal(chatOf("1@s.whatsapp.net", saidWith("a", strings.Repeat("x", largestMessage/2))))
	require.NoError(t, err)
	p := deflated(t, func(w io.Writer) {
		for range 400 {
			_, _ = w.Write(raw)
		}
	})
	require.Less(t, len(p.compressed), 1<<20)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen, most := 0, uint64(0)
	look := func() {
		runtime.GC()
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc)
	}
	require.NoError(t, p.messages(func(int, *waHistorySync.HistorySyncMsg) error {
		if seen++; seen%100 == 0 {
			look()
		}
		return nil
	}))
	require.Equal(t, 400, seen)
	require.Less(t, most-min(most, before.HeapAlloc), uint64(8<<20))
}

func TestTheNewestMessagesOfAChatAreKeptInOrder(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Unix(int64(1_700_000_000+second), 0) }
	texts := func(c chatPast) (all []string) {
		for _, m := range c.newest() {
			all = append(all, m.Text)
		}
		return all
	}
	newestFirst, oldestFirst := chatPast{keep: 3}, chatPast{keep: 3}
	said := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	times := []int{0, 1, 2, 3, 4, 5, 5, 6} // f and g in the same second
	for i := range said {
		oldestFirst.add(wa.Incoming{Text: said[i], Time: at(times[i])})
		j := len(said) - 1 - i
		newestFirst.add(wa.Incoming{Text: said[j], Time: at(times[j])})
	}
	require.LessOrEqual(t, max(len(oldestFirst.all), len(newestFirst.all)), 6, "no more is held than twice what is kept")
	require.Equal(t, []string{"f", "g", "h"}, texts(oldestFirst))
	require.Equal(t, []string{"f", "g", "h"}, texts(newestFirst))
	none := chatPast{}
	none.add(wa.Incoming{Text: "a"})
	require.Empty(t, texts(none))
}

// Two bytes can say that there is another chat, or another name: a small part must not become a large one in memory.
func TestAPartOfNothingButBeginningsIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, piece := range map[string]string{"chats": "\x12\x00", "names": "\x3a\x00"} {
		p := deflated(t, func(w io.Writer) { _, _ = io.WriteString(w, strings.Repeat(piece, 1_000_000)) })
		_, _, err := p.overview()
		require.ErrorIs(t, err, errPast, name)
	}
}
