package app

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// trustProxies makes the client's address and scheme true for the handlers behind it: X-Forwarded-For and
// X-Forwarded-Proto of a trusted proxy are applied to RemoteAddr and kept as one clean X-Forwarded-Proto; of anybody
// else they are removed. Handlers may therefore believe both.
func trustProxies(trusted []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forwardedFor, proto := r.Header.Values("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto")
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" {
				r.Header.Del(name)
			}
		}
		if isTrusted(trusted, r.RemoteAddr) {
			if client := clientBehind(trusted, forwardedFor); client != "" {
				r.RemoteAddr = net.JoinHostPort(client, "0")
			}
			if proto == "https" {
				r.Header.Set("X-Forwarded-Proto", "https")
			}
		}
		if r.TLS != nil {
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		next.ServeHTTP(w, r)
	})
}

func isTrusted(trusted []netip.Prefix, remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

// clientBehind is the right-most address in the list that is no trusted proxy: everything left of it may be forged.
func clientBehind(trusted []netip.Prefix, headers []string) string {
	list := strings.Split(strings.Join(headers, ","), ",")
	for _, text := range slices.Backward(list) {
		text = strings.TrimSpace(text)
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return ""
		}
		if !isTrusted(trusted, text) {
			return addr.Unmap().String()
		}
	}
	return ""
}
