package drive

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAProxyTroublesOnlyAsItIsTold(t *testing.T) {
	t.Parallel()
	x := echoing(t)
	c := dialed(t, x)
	require.Equal(t, "halo", asked(t, c, "halo"))

	x.Set(Trouble{Slice: 1})
	require.Equal(t, "sepotong demi sepotong", asked(t, c, "sepotong demi sepotong"))
	x.Set(Trouble{Mangle: 1})
	require.NotEqual(t, "rusak", asked(t, c, "rusak"))

	x.Set(Trouble{BytesPerSecond: 1000})
	begun := time.Now()
	asked(t, c, string(bytes.Repeat([]byte("a"), 200)))
	require.GreaterOrEqual(t, time.Since(begun), 200*time.Millisecond)
	x.Set(Trouble{Latency: 50 * time.Millisecond})
	begun = time.Now()
	asked(t, c, "pelan")
	require.GreaterOrEqual(t, time.Since(begun), 100*time.Millisecond, "there and back")

	x.Reset()
	_, err := c.Read(make([]byte, 1))
	require.Error(t, err)
	x.Heal()
	require.Equal(t, "lagi", asked(t, dialed(t, x), "lagi"))
}

func TestAProxyThatIsAwayLetsNobodyThrough(t *testing.T) {
	t.Parallel()
	x := echoing(t)
	c := dialed(t, x)
	require.Equal(t, "halo", asked(t, c, "halo"))
	x.Cut()
	for _, c := range []net.Conn{c, dialed(t, x)} {
		_, err := c.Read(make([]byte, 1))
		require.Error(t, err)
	}
	x.Heal()
	require.Equal(t, "lagi", asked(t, dialed(t, x), "lagi"))
}

func TestAHalfOpenLineStaysSilent(t *testing.T) {
	t.Parallel()
	x := echoing(t)
	c := dialed(t, x)
	require.Equal(t, "halo", asked(t, c, "halo"))
	x.Set(Trouble{Swallow: true})
	_, err := c.Write([]byte("hilang"))
	require.NoError(t, err)
	silent := func() {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
		_, err = c.Read(make([]byte, 1))
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
	}
	silent()
	x.Heal()
	_, err = c.Write([]byte("juga hilang"))
	require.NoError(t, err)
	silent()
	require.Equal(t, "lagi", asked(t, dialed(t, x), "lagi"))
}

// echoing is a proxy to a server that answers with what it gets.
func echoing(t *testing.T) *Proxy {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	x, err := NewProxy("http://" + server.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, x.Close())
		require.NoError(t, server.Close())
	})
	return x
}

func dialed(t *testing.T, x *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", x.listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func asked(t *testing.T, c net.Conn, text string) string {
	t.Helper()
	_, err := c.Write([]byte(text))
	require.NoError(t, err)
	got := make([]byte, len(text))
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	return string(got)
}
