package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// BenchmarkPairWithAHistoryOf100MB links a client that is told 200 chats of 200 long messages in two parts of 50 MB each, and
// ends when it has read them. Nearly all of the time and memory is the client's, which holds a part whole.
//
//	go test ./sim/control -run '^$' -bench 100MB -benchtime 1x
func BenchmarkPairWithAHistoryOf100MB(b *testing.B) {
	for range b.N {
		c := serve(b)
		c.server.History = history.Plan{Chats: 200, Messages: 200, TextBytes: 2500, ChunkChats: 200}
		client, _ := c.pair(b)
		full := simtest.Event(b, client, func(e *events.HistorySync) bool { return e.Data.GetSyncType() == waHistorySync.HistorySync_FULL })
		require.Len(b, full.Data.GetConversations(), 200)
		require.Len(b, full.Data.GetConversations()[0].GetMessages(), 100)
	}
}
