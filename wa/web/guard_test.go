package web

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// refused are addresses at which a number's proxy would lead to this machine, its neighbours or a cloud's metadata.
var refused = map[string][]string{
	"loopback":           {"127.0.0.1", "127.255.255.254", "[::1]", "localhost"},
	"this host":          {"0.0.0.0", "[::]"},
	"link-local":         {"169.254.1.1", "[fe80::1]"},
	"a metadata service": {"169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192"},
	"private":            {"10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "[fd00::1]", "[fec0::1]"},
	"carrier's NAT":      {"100.64.0.1"},
	"IPv4 in IPv6":       {"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"},
	"nobody's or all's":  {"192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[ff02::1]", "[2001:db8::1]", "[100::1]"},
}

func TestAProxyIsOnThePublicInternet(t *testing.T) {
	t.Parallel()
	for kind, hosts := range refused {
		for i, host := range hosts {
			proxy := []string{"http://", "https://", "socks5://"}[i%3] + host + ":1"
			t.Run(kind+" "+proxy, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, wa.ProxyForbidden, reasonThrough(t, network{}, proxy))
			})
		}
	}
}

// reasonThrough asks for WhatsApp through a proxy and returns the reason of the fault with which that failed.
func reasonThrough(t *testing.T, n network, proxy string) string {
	t.Helper()
	client, err := n.client(proxy)
	require.NoError(t, err)
	res, err := client.Get("http://web.whatsapp.com/ws/chat")
	if err == nil {
		require.NoError(t, res.Body.Close())
		return ""
	}
	return fault.ReasonOf(err)
}

// It is the address that counts, each time it is dialled: a name may say one thing to who checks it and another to who dials.
func TestANameThatLeadsToAPrivateAddressIsNoProxy(t *testing.T) {
	t.Parallel()
	for name, addresses := range map[string][]string{
		"loopback.example": {"127.0.0.1"},
		"metadata.example": {"169.254.169.254"},
		"private.example":  {"10.0.0.1"},
		"v6.example":       {"fd00::1"},
		"mapped.example":   {"::ffff:10.0.0.1"},
		"several.example":  {"192.168.0.1", "10.0.0.1", "::1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := network{resolver: answering(t, func(string) []string { return addresses })}
			require.Equal(t, wa.ProxyForbidden, reasonThrough(t, n, "http://"+name+":1"))
		})
	}
}

func TestANameThatChangesItsAddressIsCheckedAgain(t *testing.T) {
	t.Parallel()
	var address atomic.Value
	address.Store("127.0.0.1")
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(proxy.Close)
	_, port, err := net.SplitHostPort(proxy.Listener.Addr().String())
	require.NoError(t, err)
	n := network{
		proxies:  []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		resolver: answering(t, func(string) []string { return []string{address.Load().(string)} }),
	}
	require.Empty(t, reasonThrough(t, n, "http://proxy.example:"+port))
	address.Store("127.0.0.2")
	require.Equal(t, wa.ProxyForbidden, reasonThrough(t, n, "http://proxy.example:"+port))
}

// What the guard says reaches package number through whatsmeow, which is what shows it to the person.
func TestALinkWithAForbiddenProxySaysSo(t *testing.T) {
	t.Parallel()
	p := &Provider{store: newRecords(), log: slog.New(slog.DiscardHandler), clock: clock.System{}, cache: newCache(1 << 20), payload: &payload{}}
	link, err := p.Open(t.Context(), wa.Spec{NumberRef: wa.NumberRef{Workspace: "w", ID: "n"}, Proxy: "socks5://user:secret@10.0.0.1:1080"}, nil)
	require.NoError(t, err)
	t.Cleanup(link.Close)
	err = link.Connect(t.Context())
	require.Equal(t, wa.ProxyForbidden, fault.ReasonOf(err), "%v", err)
	require.NotContains(t, err.Error(), "secret")
}

// answering is a resolver whose names have the addresses that lookup gives.
func answering(t *testing.T, lookup func(name string) []string) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() { // ends when the resolver closes its end
			defer there.Close()
			for {
				question, err := readDNS(there)
				if err != nil {
					return
				}
				if _, err := there.Write(answerDNS(question, lookup)); err != nil {
					return
				}
			}
		}()
		return here, nil
	}}
}

// readDNS reads one question as it is sent over a stream: two bytes of length, then the message (RFC 1035, 4.2.2).
func readDNS(from io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(from, message)
	return message, err
}

// answerDNS answers a question of type A or AAAA with the addresses of that kind.
func answerDNS(question []byte, lookup func(string) []string) []byte {
	var labels []string
	at := 12
	for ; question[at] != 0; at += int(question[at]) + 1 {
		labels = append(labels, string(question[at+1:at+1+int(question[at])]))
	}
	kind := binary.BigEndian.Uint16(question[at+1:])
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:at+5]...)
	for _, text := range lookup(strings.Join(labels, ".")) {
		address := netip.MustParseAddr(text)
		if (kind == 1) != address.Is4() || kind != 1 && kind != 28 {
			continue
		}
		answer[7]++
		answer = append(answer, 0xC0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 60, 0, byte(len(address.AsSlice())))
		answer = append(answer, address.AsSlice()...)
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)
}

func TestANetworkThatTheOperatorAllowsMayHoldAProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.Host) }))
	t.Cleanup(proxy.Close)
	client, err := network{proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}.client(proxy.URL)
	require.NoError(t, err)
	res, err := client.Get("http://web.whatsapp.com/ws/chat")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "web.whatsapp.com", asked.Load())
	client, err = network{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}.client(strings.Replace(proxy.URL, "http:", "socks5:", 1))
	require.NoError(t, err)
	_, err = client.Get("http://web.whatsapp.com/ws/chat")
	require.Equal(t, wa.ProxyForbidden, fault.ReasonOf(err))
}
