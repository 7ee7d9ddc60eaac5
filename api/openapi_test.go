package api_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/api"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// The committed document is what the UI's client is generated from.
func TestTheCommittedDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	document := api.New(api.Config{Simulator: api.SimulatorAt{}}).Document()
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", document, 0o644))
	}
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(committed, document), "openapi.json is old; run: go test ./api -run Document -update")
}
