package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/api"
	"github.com/sapa-chat/sapa/internal/fault"
)

// What the simulator's control API takes is told in its package; this is the other side of it.
func TestASimulatedPhoneIsAskedToScan(t *testing.T) {
	t.Parallel()
	type call struct{ path, body string }
	calls := make(chan call, 2)
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.URL.Path, string(body)}
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Origin") != "" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, `{"phone":"6281200000001"}`)
	}
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	s := api.SimulatorAt{URL: server.URL + "/"}
	require.NoError(t, s.Scan(t.Context(), "2@abc", ""))
	require.Equal(t, call{"/control/v1/scan", `{"phone":"","qr":"2@abc"}`}, <-calls)
	require.NoError(t, s.EnterCode(t.Context(), "ABCD-EFGH", "+6281200000001"))
	require.Equal(t, call{"/control/v1/accounts/6281200000001/code", `{"code":"ABCD-EFGH"}`}, <-calls)
}

func TestASimulatorThatRefusesOrIsAwaySaysSo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"error":{"status":409,"code":"conflict","message":"this code was scanned already"}}`)
	}))
	err := api.SimulatorAt{URL: server.URL}.Scan(t.Context(), "2@abc", "")
	require.Equal(t, fault.Conflict, fault.CodeOf(err))
	require.ErrorContains(t, err, "this code was scanned already")
	server.Close()
	err = api.SimulatorAt{URL: server.URL}.Scan(t.Context(), "2@abc", "")
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
}
