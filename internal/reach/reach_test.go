package reach_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/reach"
)

// here is where the tests' servers are; in the program nothing of this machine is allowed.
var here = netip.MustParsePrefix("127.0.0.0/8")

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func installation(t *testing.T, p *reach.Prober) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+reach.Path+"{nonce}", p.Answer)
	return serve(t, mux.ServeHTTP)
}

func TestAnAddressThatLeadsHereIsKnown(t *testing.T) {
	t.Parallel()
	p := reach.New([32]byte{1}, here)
	require.Equal(t, reach.Reached, p.Check(t.Context(), installation(t, p)))
	node := reach.New([32]byte{1})
	require.Equal(t, reach.Reached, p.Check(t.Context(), installation(t, node)), "another node of the same installation")
	other := reach.New([32]byte{2})
	require.Equal(t, reach.Elsewhere, p.Check(t.Context(), installation(t, other)), "another installation")
}

func TestAnAddressThatDoesNotLeadHereSaysWhyAndNoMore(t *testing.T) {
	t.Parallel()
	p := reach.New([32]byte{1}, here)
	var asked, poured atomic.Int64
	secret := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	banner, err := net.Listen("tcp", "127.0.0.1:0") // speaks first, and no HTTP
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, banner.Close()) })
	go func() {
		for {
			c, err := banner.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprint(c, "SSH-2.0-OpenSSH_9.7\r\n")
			_ = c.Close()
		}
	}()
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = nil
	t.Cleanup(tlsServer.Close)

	for name, c := range map[string]struct {
		origin string
		want   reach.Reason
	}{
		"a page": {serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>router login</html>") }), reach.Elsewhere},
		"what we answer, said back": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"proof":%q}`, r.URL.Path[len(reach.Path):])
		}), reach.Elsewhere},
		"no proof":                     {serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"status":"ok","proof":""}`) }), reach.Elsewhere},
		"no end":                       {serve(t, func(w http.ResponseWriter, r *http.Request) { pour(w, r, &poured) }), reach.Elsewhere},
		"a redirect to a secret":       {serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret, http.StatusFound) }), reach.Redirect},
		"a certificate of nobody":      {tlsServer.URL, reach.Certificate},
		"HTTP where HTTPS is expected": {"https" + strings.TrimPrefix(secret, "http"), reach.Silent},
		"a closed port":                {"http://127.0.0.1:1", reach.Silent},
		"an open port without HTTP":    {"http://" + banner.Addr().String(), reach.Silent},
		"another scheme":               {"file:///etc/passwd", reach.Silent},
		"a password":                   {"http://user:secret@127.0.0.1", reach.Silent},
		"a path":                       {secret + "/internal/admin?x=", reach.Silent},
		"a fragment":                   {secret + "/a#", reach.Silent},
		"a line break":                 {"http://127.0.0.1\r\nHost: evil", reach.Silent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, p.Check(t.Context(), c.origin))
		})
	}
	t.Cleanup(func() {
		require.Zero(t, asked.Load(), "nothing but the address itself is asked, and of that only one path")
		require.Less(t, poured.Load(), int64(32<<20), "what lies in the buffers of the network, and no more")
	})
}

// pour answers without end, until the reader has gone.
func pour(w http.ResponseWriter, r *http.Request, poured *atomic.Int64) {
	for r.Context().Err() == nil {
		n, err := w.Write(make([]byte, 64<<10))
		if poured.Add(int64(n)); err != nil {
			return
		}
	}
}

// Nothing on this machine or beside it is dialled, whatever the name is.
func TestNothingInsideIsDialled(t *testing.T) {
	t.Parallel()
	p := reach.New([32]byte{1})
	var asked atomic.Int64
	local := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := local[strings.LastIndex(local, ":"):]
	for _, host := range []string{
		"127.0.0.1" + port, "localhost" + port, "[::1]" + port, "[::ffff:127.0.0.1]" + port, "0.0.0.0" + port, "127.1.2.3" + port,
		"169.254.169.254", "10.0.0.1", "192.168.1.1:22", "172.16.0.1", "100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]" + port, "[2002:7f00:1::]" + port,
	} {
		require.Equal(t, reach.NotPublic, p.Check(t.Context(), "http://"+host), host)
	}
	for _, host := range []string{"2130706433" + port, "0x7f000001" + port, "0177.0.0.1" + port} { // never an address here, as in some other programs
		require.NotEqual(t, reach.Reached, p.Check(t.Context(), "http://"+host), host)
	}
	require.Zero(t, asked.Load())
}

// RFC 6761 promises that nobody has the name; a machine without a resolver cannot know.
func TestANameThatNobodyHas(t *testing.T) {
	t.Parallel()
	require.Contains(t, []reach.Reason{reach.NameUnknown, reach.Silent}, reach.New([32]byte{1}).Check(t.Context(), "http://sapa.invalid"))
}

func TestAnAddressThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	p := reach.New([32]byte{1}, here)
	slow := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Equal(t, reach.Silent, p.Check(ctx, slow))
}

func TestOnlyANonceIsSigned(t *testing.T) {
	t.Parallel()
	url := installation(t, reach.New([32]byte{1}))
	for nonce, status := range map[string]int{
		strings.Repeat("0a", 16): 200, strings.Repeat("0a", 15): 404, strings.Repeat("0a", 17): 404, strings.Repeat("zz", 16): 404, "%2e%2e": 404,
	} {
		resp, err := http.Get(url + reach.Path + nonce)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, status, resp.StatusCode, nonce)
	}
}
