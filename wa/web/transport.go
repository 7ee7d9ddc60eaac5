package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
)

// network is how connections are dialled: to the address they name, or all of them to a simulator.
type network struct {
	simulator string         // host:port
	proxies   []netip.Prefix // where proxies may be besides the public internet
	resolver  *net.Resolver  // of names; nil: the system's
}

// root guards whatsmeow's certificate root, which is one for the process.
var root struct {
	sync.Mutex
	simulated *[32]byte
}

// networkOf checks the simulator's configuration and, with one, sets the certificate root.
func networkOf(s *Simulator) (network, error) {
	root.Lock()
	defer root.Unlock()
	if s == nil {
		if root.simulated != nil {
			return network{}, errors.New("wa/web: this process talks to a simulator already and cannot reach WhatsApp")
		}
		return network{}, nil
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" || s.Root == ([32]byte{}) {
		return network{}, errors.New("wa/web: a simulator needs both an http URL and the public key of its root")
	}
	if root.simulated == nil {
		key := s.Root
		root.simulated = &key
		whatsmeow.WACertPubKey = key
	} else if *root.simulated != s.Root {
		return network{}, errors.New("wa/web: this process uses another simulator's root already")
	}
	return network{simulator: u.Host}, nil
}

// client makes an HTTP client for websocket and media. A proxy is an http, https or socks5 URL; a simulator is dialled directly.
func (n network) client(proxy string) (*http.Client, error) {
	t := &http.Transport{
		DialContext:         n.dial(nil),
		TLSHandshakeTimeout: 15 * time.Second,
		// A dialled connection must belong to the link that asked for it, or its signs of life would count for another.
		DisableKeepAlives:     true,
		ResponseHeaderTimeout: 30 * time.Second,
	}
	if n.simulator != "" {
		t.DialTLSContext = t.DialContext // what this returns counts as encrypted already
		return &http.Client{Transport: plain{t}}, nil
	}
	if proxy != "" {
		u, err := ParseProxy(proxy)
		if err != nil {
			return nil, err
		}
		t.Proxy, t.DialContext = http.ProxyURL(u), n.dial(n.checkProxy())
	} else {
		t.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{Transport: plain{t}}, nil
}

// ParseProxy reads a number's proxy URL: http, https or socks5, with a host.
func ParseProxy(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not a URL") // the error of url.Parse repeats the text, which has credentials
	}
	switch u.Scheme {
	case "http", "https", "socks5":
	default:
		return nil, fmt.Errorf("a proxy is http, https or socks5, not %q", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("a proxy needs a host")
	}
	return u, nil
}

// dial opens connections whose addresses check lets pass; nil lets all.
func (n network) dial(check control) dial {
	d := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second, Control: check, Resolver: n.resolver}
	return func(ctx context.Context, kind, address string) (net.Conn, error) {
		if n.simulator != "" {
			address = n.simulator
		}
		conn, err := d.DialContext(ctx, kind, address)
		if err != nil {
			return nil, err
		}
		if life, ok := ctx.Value(lifeContext{}).(*life); ok {
			return &livingConn{conn, life}, nil
		}
		return conn, nil
	}
}

// life is when the last byte arrived, in Unix nanoseconds.
type life struct{ atomic.Int64 }

type lifeContext struct{}

// livingConn notes every arrival: frame, acknowledgement and ping answer are all bytes, and bytes cost nothing to count.
type livingConn struct {
	net.Conn
	life *life
}

func (c *livingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.life.Store(time.Now().UnixNano())
	}
	return n, err
}

// plain asks for no compression: a server that grants permessage-deflate with context takeover costs some 470 KB per connection.
type plain struct{ next http.RoundTripper }

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Sec-WebSocket-Extensions") == "" {
		return p.next.RoundTrip(r)
	}
	bare := r.Clone(r.Context())
	bare.Header.Del("Sec-WebSocket-Extensions")
	return p.next.RoundTrip(bare)
}

// bounded is a client whose answers end with an error after that many bytes: whatsmeow reads media whole into memory.
func bounded(c *http.Client, most int64) *http.Client {
	out := *c
	out.Transport = boundedTransport{c.Transport, most}
	return &out
}

type boundedTransport struct {
	http.RoundTripper
	most int64
}

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, t.most)
	}
	return answer, err
}
