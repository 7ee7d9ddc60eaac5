package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestForwardedHeadersCountOnlyFromTrustedProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		trusted              []netip.Prefix
		remote, xff, proto   string
		wantAddr, wantScheme string
	}{
		"nobody is trusted by default":         {nil, "10.0.0.1:5", "1.2.3.4", "https", "10.0.0.1:5", ""},
		"a stranger cannot pose as a proxy":    {trusted, "9.9.9.9:5", "1.2.3.4", "https", "9.9.9.9:5", ""},
		"the proxy tells the client":           {trusted, "10.0.0.1:5", "1.2.3.4", "https", "1.2.3.4:0", "https"},
		"the client's own claim is left of it": {trusted, "10.0.0.1:5", "6.6.6.6, 1.2.3.4", "http", "1.2.3.4:0", ""},
		"through two proxies":                  {trusted, "10.0.0.1:5", "1.2.3.4, 10.0.0.2", "https", "1.2.3.4:0", "https"},
		"garbage is ignored":                   {trusted, "10.0.0.1:5", "<script>", "https", "10.0.0.1:5", "https"},
	} {
		t.Run(name, func(t *testing.T) {
			var addr, scheme string
			h := trustProxies(c.trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				addr, scheme = r.RemoteAddr, r.Header.Get("X-Forwarded-Proto")
			}))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header.Set("X-Forwarded-For", c.xff)
			r.Header.Set("X-Forwarded-Proto", c.proto)
			h.ServeHTTP(httptest.NewRecorder(), r)
			require.Equal(t, c.wantAddr, addr)
			require.Equal(t, c.wantScheme, scheme)
		})
	}
}

func TestPagesOfTheAppGetItsIndexAndAssetsAreKept(t *testing.T) {
	u := newWebUI(fstest.MapFS{
		"index.html":         {Data: []byte("<app>")},
		"assets/main-abc.js": {Data: []byte("js")},
	}, []byte("placeholder"))
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		u.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	require.Equal(t, "<app>", get("/numbers/01X").Body.String())
	require.Equal(t, "no-cache", get("/").Header().Get("Cache-Control"))
	require.Equal(t, "js", get("/assets/main-abc.js").Body.String())
	require.Contains(t, get("/assets/main-abc.js").Header().Get("Cache-Control"), "immutable")
	require.Equal(t, http.StatusNotFound, get("/assets/old.js").Code)
	require.Contains(t, get("/../../etc/passwd").Body.String(), "<app>")
	require.NotEmpty(t, get("/").Header().Get("Content-Security-Policy"))
}

func TestWithoutABuildThePlaceholderShows(t *testing.T) {
	w := httptest.NewRecorder()
	newWebUI(fstest.MapFS{}, []byte("placeholder")).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, "placeholder", w.Body.String())
}
