package control

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

func isControl(path string) bool { return path == "/control" || strings.HasPrefix(path, "/control/") }

// guard keeps other machines and other pages out. The control API has no login, so a page on the internet that is open in the
// same browser must not reach it: neither by a name that resolves to loopback (Host), nor by a form or script (Origin).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackName(r.Host) {
			fail(w, refused("the control API answers only to a loopback name: use http://127.0.0.1 or http://localhost, not %q", r.Host))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameHost(origin, r.Host) {
			fail(w, refused("the control API answers only to its own page, not to %q: call it from a program without an Origin header", origin))
			return
		}
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'self'; style-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

func sameHost(origin, host string) bool {
	parsed, err := url.Parse(origin)
	return err == nil && parsed.Host == host
}

// isLoopbackName reports whether a Host header, with or without port, names this machine.
func isLoopbackName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("the simulator's address %q is not host:port: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the simulator listens on loopback only, because its control API has no login: use 127.0.0.1 instead of %q", host)
	}
	return nil
}
