package simtest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
)

// QR connects an unpaired client and returns the text of its first QR code. It does not use GetQRChannel, which confirms a
// passkey by itself and may close its channel while it still sends on it.
func QR(t testing.TB, c *Client) string {
	t.Helper()
	require.NoError(t, c.Connect())
	return Event[*events.QR](t, c, nil).Codes[0]
}

// Pair links a new client to an account by QR and waits until it is connected and has
// its push name. Settings of the client are changed before it connects, because it reads
// them without locks.
func Pair(t testing.TB, n *sim.Network, a *sim.Account, settings ...func(*Client)) *Client {
	t.Helper()
	c := NewClient(t, n)
	for _, set := range settings {
		set(c)
	}
	require.NoError(t, a.Scan(Context(t), QR(t, c)))
	Settled(t, c)
	return c
}

// Settled waits until a freshly paired client is connected and has its settings.
func Settled(t testing.TB, c *Client) {
	t.Helper()
	Event[*events.PairSuccess](t, c, nil)
	Event[*events.Connected](t, c, nil)
	Event(t, c, func(e *events.AppStateSyncComplete) bool {
		return e.Name == appstate.AllPatchNames[len(appstate.AllPatchNames)-1]
	})
	require.NotEmpty(t, c.Store.PushName)
}
