package sim

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// HTTPClient returns a client that reaches this network whatever host is asked.
func (n *Network) HTTPClient() *http.Client { return HTTPClient(n.URL()) }

// HTTPClient returns an http.Client that sends everything to the network at url
// ("http://127.0.0.1:port"), whatever host is asked, and without TLS: net/http takes what
// DialTLSContext returns as already encrypted (seen). Give it to all three of whatsmeow's
// SetWebsocketHTTPClient, SetPreLoginHTTPClient and SetMediaHTTPClient.
func HTTPClient(url string) *http.Client { return &http.Client{Transport: Transport(url)} }

// Transport is the transport of [HTTPClient]. One may be shared by all clients, which
// saves 5 KB a client (measured).
func Transport(url string) *http.Transport {
	dial := Dial(url)
	return &http.Transport{DialContext: dial, DialTLSContext: dial, IdleConnTimeout: 30 * time.Second}
}

// Dial returns a dial function that ignores its address and dials the network at url.
func Dial(url string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	var d net.Dialer
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }
}
