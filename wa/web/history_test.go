package web_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waE2E"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/media"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa/watest"
)

// withPast makes a world whose phone tells a past after the pairing.
func withPast(t *testing.T, db *store.DB, r *watest.Recorder, plan history.Plan) (*world, *media.Store) {
	t.Helper()
	files := &media.Store{}
	t.Cleanup(func() { _ = files.Close() })
	return newWorld(t, db, r, func(n *sim.Network) {
		n.Media = files.Handler()
		n.OnPaired = func(ctx context.Context, acc *sim.Account, c sim.Companion) {
			if err := plan.Send(ctx, acc, c.Device, files); err != nil && ctx.Err() == nil {
				t.Errorf("the past could not be told: %v", err)
			}
		}
	}), files
}

// What could not be stored is asked for again with the next connection, and nothing before it or behind it is left out.
func TestAPastThatCouldNotBeStoredComesWithTheNextConnection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		r.FailNext(1)
		w, files := withPast(t, db, r, history.Plan{Chats: 2, Messages: 4})
		require.Eventually(t, func() bool { return w.account.Companions()[0].Queued == 0 }, simtest.Wait, tick, "all parts are announced")
		r.WaitFailed(t)
		require.Empty(t, r.Past(), "the first part waits, and all others behind it")
		w.link.Disconnect()
		require.NoError(t, w.link.Connect(simtest.Context(t)))
		require.Eventually(t, func() bool { return files.Counts().Deletes == 3 }, simtest.Wait, tick, "names, the newer half, the older half")
		past := r.Past()
		require.Len(t, past, 2+4+4, "the newest of each chat came with the first part, and again")
		require.Equal(t, past[0], past[3], "the newest of the first chat")
		require.Equal(t, past[1], past[5], "the newest of the second")
	})
}

// On a connection that stays, it is tried again after a moment.
func TestAPastThatCouldNotBeStoredIsTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		r.FailNext(1)
		_, files := withPast(t, db, r, history.Plan{Chats: 2, Messages: 4})
		require.Eventually(t, func() bool { return files.Counts().Deletes == 3 }, simtest.Wait, tick)
		require.Len(t, r.Past(), 2+4+4)
	})
}

// A part that WhatsApp no longer has is given up, and those behind it are read.
func TestAPartThatIsGoneDoesNotHoldUpTheRest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := watest.NewRecorder()
		w, _ := withPast(t, db, r, history.Plan{})
		for i := range 2 {
			n := &waE2E.HistorySyncNotification{SyncType: waE2E.HistorySyncType_RECENT.Enum(), ChunkOrder: new(uint32)}
			*n.ChunkOrder = uint32(i)
			if i == 0 {
				path := "/mms/md-msg-hist/gone?x=1"
				n.DirectPath, n.MediaKey, n.FileSHA256, n.FileEncSHA256 = &path, make([]byte, 32), make([]byte, 32), make([]byte, 32)
			} else {
				n.InitialHistBootstrapInlinePayload = inline(t)
			}
			_, err := w.account.SendPeer(simtest.Context(t), w.account.Companions()[0].Device, &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
				Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: n}})
			require.NoError(t, err)
		}
		require.Eventually(t, func() bool { return len(r.Past()) == 1 }, simtest.Wait, tick)
	})
}

func inline(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, history.Plan{Chats: 1, Messages: 1}.Parts()[0].Compress(&out))
	return out.Bytes()
}
