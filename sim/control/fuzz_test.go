package control

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sapa-chat/sapa/sim"
)

// FuzzRoute sends any request to the control API of a network with one account. Nothing panics and nothing is its fault.
func FuzzRoute(f *testing.F) {
	for _, seed := range [][3]string{
		{"GET", "/control/v1/accounts", ""}, {"POST", "/control/v1/scan", `{"phone":"6281","qr":"a,b,c,d"}`}, {"PUT", "/control/v1/accounts/6281200000001/faults/latency", `"1s"`},
		{"POST", "/control/v1/contacts/6285700000001/messages", `{"to":"6281200000001","text":"a"}`}, {"GET", "/control/v1/ledger?a=1&b=2", ""}, {"DELETE", "/control/v1/faults", ""},
		{"PATCH", "/control/v1/contacts/6285700000001", `{"behaviour":{"reply_after":"-1s"}}`}, {"POST", "/control/v1/accounts/x/actions/cut", `{}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := New(&sim.Network{Seed: "fuzz"})
	s.Network().Account("6281200000001")
	f.Cleanup(func() { _ = s.Network().Close() })
	handler := s.Handler()
	f.Fuzz(func(t *testing.T, method, path, body string) {
		// An event stream and a play go on after the request.
		if !strings.HasPrefix(path, "/control/v1/") || strings.Contains(path, "play") || strings.Contains(path, "log") || strings.Contains(path, "event") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		r.RequestURI, r.RemoteAddr = path, "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s %q: %d %s", method, path, body, w.Code, w.Body)
		}
	})
}
