package history_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/media"
)

func TestPartsCarryEveryMessage(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]history.Plan{
		"nothing":            {},
		"one of each":        {Chats: 1, Messages: 1},
		"odd":                {Chats: 7, Messages: 5},
		"more than one part": {Chats: 61, Messages: 4, ChunkChats: 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, chats := map[string]bool{}, map[string]bool{}
			var last uint32
			for _, part := range plan.Parts() {
				sync := decode(t, part)
				require.GreaterOrEqual(t, part.Progress, last)
				last = part.Progress
				for _, chat := range sync.GetConversations() {
					chats[chat.GetID()] = true
					for _, m := range chat.GetMessages() {
						require.NotEmpty(t, m.GetMessage().GetMessage().GetConversation())
						require.Equal(t, chat.GetID(), m.GetMessage().GetKey().GetRemoteJID())
						require.LessOrEqual(t, part.Oldest.Unix(), int64(m.GetMessage().GetMessageTimestamp()))
						ids[m.GetMessage().GetKey().GetID()] = true
					}
				}
			}
			require.Len(t, ids, plan.Chats*plan.Messages)
			require.Len(t, chats, plan.Chats)
			require.Equal(t, uint32(100), last)
		})
	}
}

func TestTheFirstPartsTellNamesAndHiddenIDs(t *testing.T) {
	t.Parallel()
	plan := history.Plan{Chats: 60, Messages: 2, With: func(i int) history.Party {
		return history.Party{Phone: "6281", LID: "99", Name: "Ani"}
	}}
	parts := plan.Parts()
	first := decode(t, parts[0])
	require.Equal(t, waHistorySync.HistorySync_INITIAL_BOOTSTRAP, first.GetSyncType())
	require.Len(t, first.GetNctSalt(), 32)
	require.Len(t, first.GetPhoneNumberToLidMappings(), 60)
	require.Equal(t, "6281@s.whatsapp.net", first.GetPhoneNumberToLidMappings()[0].GetPnJID())
	require.Equal(t, "99@lid", first.GetPhoneNumberToLidMappings()[0].GetLidJID())
	require.Len(t, first.GetConversations(), 50, "the inline part stays small")
	names := decode(t, parts[1])
	require.Equal(t, waHistorySync.HistorySync_PUSH_NAME, names.GetSyncType())
	require.Equal(t, "Ani", names.GetPushnames()[59].GetPushname())
}

func TestTheSamePlanWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	plan := history.Plan{Seed: 3, Chats: 4, Messages: 6, TextBytes: 200}
	for i, part := range plan.Parts() {
		require.Equal(t, raw(t, part), raw(t, plan.Parts()[i]))
	}
	other := plan
	other.Seed = 4
	require.NotEqual(t, raw(t, plan.Parts()[2]), raw(t, other.Parts()[2]))
}

func TestALargePastIsNeverWholeInMemory(t *testing.T) {
	// Garbage is collected early: what counts is what is needed at once, and not how far the collector is behind.
	percent := debug.SetGCPercent(10)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	plan := history.Plan{Chats: 60, Messages: 50, TextBytes: 2500, ChunkChats: 1000} // about 8 MB
	store := &media.Store{}
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	phone := &recorder{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	require.NoError(t, plan.Send(t.Context(), phone, 1, store))
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Greater(t, store.Counts().Bytes, int64(4<<20))
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(3<<20), "the bodies lie in files")
	require.Less(t, int64(after.HeapSys)-int64(before.HeapSys), int64(12<<20), "nor was it ever whole")
}

func TestACompanionCanReadWhatWasSent(t *testing.T) {
	t.Parallel()
	plan := history.Plan{Chats: 3, Messages: 4}
	store := &media.Store{}
	phone := &recorder{}
	require.NoError(t, plan.Send(t.Context(), phone, 2, store))
	parts := plan.Parts()
	require.Len(t, phone.sent, len(parts))
	for i, n := range phone.sent {
		require.Equal(t, int32(parts[i].Type), int32(n.GetSyncType()))
		body := n.GetInitialHistBootstrapInlinePayload()
		if body == nil {
			var err error
			body, err = store.Get(media.History, media.Reference{MediaKey: n.GetMediaKey(), FileSHA256: n.GetFileSHA256(), FileEncSHA256: n.GetFileEncSHA256()})
			require.NoError(t, err)
			require.Equal(t, n.GetFileLength(), uint64(len(body)))
		}
		reader, err := zlib.NewReader(bytes.NewReader(body))
		require.NoError(t, err)
		plain, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, raw(t, parts[i]), plain)
	}
}

func TestAPhoneThatCannotSendEndsIt(t *testing.T) {
	t.Parallel()
	phone := &recorder{err: errors.New("unlinked")}
	err := history.Plan{}.Send(t.Context(), phone, 1, &media.Store{})
	require.ErrorContains(t, err, "INITIAL_BOOTSTRAP 1: unlinked")
}

type recorder struct {
	sent []*waE2E.HistorySyncNotification
	err  error
}

func (r *recorder) SendPeer(_ context.Context, _ int, m *waE2E.Message) (string, error) {
	r.sent = append(r.sent, m.GetProtocolMessage().GetHistorySyncNotification())
	return "id", r.err
}

func raw(t *testing.T, part history.Part) []byte {
	t.Helper()
	var out bytes.Buffer
	n, err := part.WriteTo(&out)
	require.NoError(t, err)
	require.Equal(t, int64(out.Len()), n)
	return out.Bytes()
}

func decode(t *testing.T, part history.Part) *waHistorySync.HistorySync {
	t.Helper()
	var sync waHistorySync.HistorySync
	require.NoError(t, proto.Unmarshal(raw(t, part), &sync))
	require.Equal(t, part.Type, sync.GetSyncType())
	return &sync
}
