package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const resetsPerAddress = 30

// The limit on reset links counts network addresses like the limit on wrong passwords, and is quicker to reach. A client
// escapes it neither by posing as a proxy nor by writing into the header that the proxy completes.
func TestTheClientsAddressCannotBeForged(t *testing.T) {
	t.Parallel()
	p := open(t, "--http.trusted_proxies=127.0.0.2")
	stranger, proxy := from(t, "127.0.0.1"), from(t, "127.0.0.2")
	n := 0
	ask := func(c *http.Client, forwarded string) int {
		n++
		return post(t, c, p.server.URL+"/v1/password-reset/request", fmt.Sprintf(`{"email":"e%d@example.com"}`, n), "X-Forwarded-For", forwarded).StatusCode
	}
	for i := range resetsPerAddress {
		require.Equal(t, http.StatusAccepted, ask(stranger, fmt.Sprintf("198.51.100.%d", i)))
		require.Equal(t, http.StatusAccepted, ask(proxy, fmt.Sprintf("203.0.113.%d, 192.0.2.1", i)))
	}
	require.Equal(t, http.StatusTooManyRequests, ask(stranger, "198.51.100.99"))
	require.Equal(t, http.StatusTooManyRequests, ask(proxy, "203.0.113.99, 192.0.2.1"))
	require.Equal(t, http.StatusAccepted, ask(proxy, "192.0.2.2"), "others behind the proxy are not in its way")
}

func TestOnlyATrustedProxySaysThatThePersonCameByTLS(t *testing.T) {
	t.Parallel()
	p := open(t, "--http.trusted_proxies=127.0.0.2")
	credentials := `{"email":"ayu@example.com","password":"` + password + `"}`
	for address, secure := range map[string]bool{"127.0.0.1": false, "127.0.0.2": true} {
		resp := post(t, from(t, address), p.server.URL+"/v1/login", credentials, "X-Forwarded-Proto", "https")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, secure, resp.Cookies()[0].Secure, address)
	}
}

// from is a client that comes from an address of this machine.
func from(t *testing.T, address string) *http.Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	if probe, err := net.Listen("tcp", address+":0"); err != nil {
		t.Skipf("this machine has no address %s: %v", address, err)
	} else {
		require.NoError(t, probe.Close())
	}
	c := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}
