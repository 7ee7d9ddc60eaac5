package app

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// It turns a setting of the whole process, and so is not parallel.
func TestTheProfilesOfWaitsAndLocksAreTurnedOnWhenAskedFor(t *testing.T) {
	t.Cleanup(func() { runtime.SetMutexProfileFraction(0) })
	for query, status := range map[string]int{"block=0&mutex=7": 204, "mutex=-1": 400, "block=often": 400, "": 204} {
		w := httptest.NewRecorder()
		profiles().ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/debug/rates?"+query, nil))
		require.Equal(t, status, w.Code, query)
	}
	require.Equal(t, 7, runtime.SetMutexProfileFraction(-1))
}
