package e2e_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

// A database that answers and takes nothing, as on a full disk: here somebody else keeps it locked for writing.
func TestReadinessKnowsADatabaseThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	p := open(t)
	require.Equal(t, http.StatusOK, status(p.server.URL+"/readyz"))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.server.Data(), "sapa.db")+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	lock, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)

	require.Eventually(t, func() bool { return status(p.server.URL+"/readyz") == http.StatusServiceUnavailable }, 5*time.Minute, 50*time.Millisecond,
		"the lease of the node is written every five seconds, and SQLite waits as long for a lock")
	require.Equal(t, http.StatusOK, status(p.server.URL+"/healthz"))
	require.NoError(t, lock.Rollback())
	require.Eventually(t, func() bool { return status(p.server.URL+"/readyz") == http.StatusOK }, 5*time.Minute, 50*time.Millisecond)
}

// The program proves who it is to whoever asks, and does not itself ask addresses of its own machine.
func TestTheAddressOfThisMachineIsNotAsked(t *testing.T) {
	t.Parallel()
	p := open(t)
	code, proof := fetch(t, p.server.URL+"/healthz/000102030405060708090a0b0c0d0e0f")
	require.Equal(t, http.StatusOK, code)
	require.Regexp(t, `"proof":"[0-9a-f]{64}"`, proof)
	var found struct {
		Reached bool
		Reason  string
	}
	require.NoError(t, p.owner.Do(patient(t), http.MethodPost, "/v1/settings/address", map[string]string{"public_url": p.server.URL}, &found))
	require.False(t, found.Reached)
	require.Equal(t, "not_public", found.Reason)
}
