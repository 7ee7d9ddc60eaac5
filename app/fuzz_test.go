package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// FuzzForwarded gives a trusted proxy's headers any content. Whoever asks is an address, or unknown.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"", "1.1.1.1", "1.1.1.1, 10.0.0.1", "::1", "[::1]:80", "fe80::1%eth0", ",,", "unknown", "1.1.1.1:5", "\x00"} {
		f.Add(seed, "https", "10.0.0.1:5")
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, forwarded, scheme, remote string) {
		if client := clientBehind(trusted, []string{forwarded}); client != "" {
			if _, err := netip.ParseAddr(client); err != nil {
				t.Errorf("%q is from %q", forwarded, client)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header = http.Header{"X-Forwarded-For": {forwarded}, "X-Forwarded-Proto": {scheme}}
		trustProxies(trusted, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(httptest.NewRecorder(), r)
	})
}

// FuzzNetworks reads any text as addresses and networks.
func FuzzNetworks(f *testing.F) {
	for _, seed := range []string{"", "10.0.0.0/8", "::1", "10.0.0.1/33", "fe80::1%a/64", "1.2.3", "0.0.0.0/0"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = HTTPConfig{TrustedProxies: []string{text}}.proxies()
		_, _ = NumberConfig{ProxyNetworks: []string{text}}.proxies()
		_, _ = SimulatorConfig{URL: text, Root: text}.RootKey()
	})
}
