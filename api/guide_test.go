package api_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

// The guide's commands are run as they are written.
func TestTheGuidesCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("curl is not installed")
	}
	h := lite(t)
	owner := h.founded()
	number := h.number(owner.workspace)
	h.talk(owner.workspace, number)
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	key := h.program(owner.workspace, workspace.Scopes()...).key

	guide, err := os.ReadFile("../docs/guides/api.md")
	require.NoError(t, err)
	want := []string{`"name":"Toko Ayu"`, `"status":"queued"`, `"unread":1`, `"next_after"`, `"next_before":0`, `"metadata":{"branch":"BDG"}`, number, "phone_malformed"}
	blocks := strings.Split(string(guide), "```sh\n")[1:]
	require.Len(t, blocks, len(want))
	for i, block := range blocks {
		script, _, _ := strings.Cut(block, "```")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		cmd.Env = append(os.Environ(), "SAPA="+server.URL, "SAPA_KEY="+key, "NUMBER="+number, "no_proxy=*")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", script, out)
		require.Contains(t, string(out), want[i], script)
	}
}
