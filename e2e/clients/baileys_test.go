package clients

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/control"
)

// A library that shares no code with whatsmeow must get along with the simulator too, or the simulator imitates a client
// instead of a network.
func TestBaileysAgainstTheSimulatedWhatsApp(t *testing.T) {
	t.Parallel()
	node := installed(t)
	if _, err := os.Stat("baileys/node_modules/@whiskeysockets/baileys/package.json"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("Baileys is missing, run make clients: %v", err)
		}
		t.Skipf("Baileys is missing, run make clients: %v", err)
	}
	server := control.New(&sim.Network{})
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		web.CloseClientConnections()
		web.Close()
	})
	out, err := exec.CommandContext(t.Context(), node, "baileys/run.mjs", web.URL).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, 8, strings.Count(string(out), "ok "), "%s", out)
	require.NotContains(t, string(out), "not ok")
}
