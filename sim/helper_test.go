package sim_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/sapa-chat/sapa/sim"
)

// whatsmeowID sends a message under an id of the test's choice.
func whatsmeowID(id string) whatsmeow.SendRequestExtra { return whatsmeow.SendRequestExtra{ID: id} }

func jid(c *sim.Contact) types.JID { return types.NewJID(c.Phone(), types.DefaultUserServer) }

func text(s string) *waE2E.Message { return &waE2E.Message{Conversation: &s} }

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func mute(chat types.JID) appstate.PatchInfo { return appstate.BuildMute(chat, true, time.Hour) }

// tick is how often a test looks.
const tick = 2 * time.Millisecond

// heapOf is how many bytes stay allocated after f.
func heapOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return after.HeapAlloc - before.HeapAlloc
}
