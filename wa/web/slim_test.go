package web

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// It reaches into whatsmeow: another version may call its map otherwise, or use it otherwise.
func TestASlimClientStillRemembersWhatItSent(t *testing.T) {
	t.Parallel()
	cli := whatsmeow.NewClient(&store.Device{}, nil)
	require.True(t, slim(cli))
	to := types.NewJID("62811", types.DefaultUserServer)
	inside := cli.DangerousInternals() //lint:ignore SA1019 its map is as inside as it gets
	for i := range 300 {
		inside.AddRecentMessage(t.Context(), to, fmt.Sprint(i), &waE2E.Message{Conversation: proto.String(fmt.Sprint(i))}, nil)
	}
	last := inside.GetRecentMessage(to, "299")
	require.False(t, last.IsEmpty())
	first := inside.GetRecentMessage(to, "0")
	require.True(t, first.IsEmpty(), "it keeps 256")
	require.False(t, slim(cli), "it is in use")
}
