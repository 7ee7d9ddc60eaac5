package control

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyThisMachineAndItsOwnPageGetIn(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		host, origin string
		want         int
	}{
		"an address":              {"127.0.0.1:7600", "", 200},
		"a name":                  {"localhost:7600", "", 200},
		"IPv6":                    {"[::1]:7600", "", 200},
		"its own page":            {"127.0.0.1:7600", "http://127.0.0.1:7600", 200},
		"a name that points here": {"evil.example:7600", "", 403},
		"another page":            {"127.0.0.1:7600", "https://evil.example", 403},
		"another port":            {"127.0.0.1:7600", "http://127.0.0.1:8080", 403},
		"a hidden origin":         {"127.0.0.1:7600", "null", 403},
	}
	handler := guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/control/v1", nil)
			request.Host = c.host
			if c.origin != "" {
				request.Header.Set("Origin", c.origin)
			}
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			require.Equal(t, c.want, recorder.Code, recorder.Body)
		})
	}
}

func TestTheAddressMustBeLoopback(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"127.0.0.1:0", "localhost:7600", "[::1]:1"} {
		require.NoError(t, checkLoopback(good), good)
	}
	for _, bad := range []string{"0.0.0.0:7600", ":7600", "192.168.1.4:80", "example.com:80", "7600"} {
		require.Error(t, checkLoopback(bad), bad)
	}
}
