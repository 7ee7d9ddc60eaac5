//go:build linux

package crowd_test

import (
	"context"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/bench/crowd"
	"github.com/sapa-chat/sapa/pusher"
)

// app is the lookup of the only app.
type app struct{}

func (app) ByKey(context.Context, string) (*pusher.App, error) {
	return &pusher.App{ID: "1", Key: "key", Secret: "secret"}, nil
}

func (a app) ByID(ctx context.Context, _ string) (*pusher.App, error) { return a.ByKey(ctx, "") }

func TestACrowdCountsWhatItGets(t *testing.T) {
	t.Parallel()
	const sockets = 30
	srv, err := pusher.New(pusher.Options{Apps: app{}})
	require.NoError(t, err)
	web := httptest.NewServer(srv)
	t.Cleanup(web.Close)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c, err := crowd.Open(ctx, crowd.Options{Server: netip.MustParseAddrPort(web.Listener.Addr().String()), Key: "key", Secret: "secret",
		Channel: "private-news", Sockets: sockets, PerAddress: 10, AtOnce: 8})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	publish := func(i int) {
		require.NoError(t, srv.Trigger("1", "private-news", crowd.Event, crowd.Data(i, time.Now(), 300), ""))
	}
	publish(1)
	publish(2)
	require.NoError(t, c.Wait(ctx, func(n crowd.Count) bool { return n.Arrived == 2*sockets }))
	require.Zero(t, c.Count().Disordered)
	require.Len(t, c.Took(), 2*sockets)
	publish(4) // one is missing
	require.NoError(t, c.Wait(ctx, func(n crowd.Count) bool { return n.Arrived == 3*sockets }))
	require.Equal(t, sockets, c.Count().Disordered)

	srv.Close()
	require.NoError(t, c.Wait(ctx, func(n crowd.Count) bool { return n.Ended == sockets }))
	for _, e := range c.Ends() {
		require.Equal(t, 4200, e.Code)
	}
}

func TestACrowdThatIsRefusedSaysSo(t *testing.T) {
	t.Parallel()
	srv, err := pusher.New(pusher.Options{Apps: app{}})
	require.NoError(t, err)
	web := httptest.NewServer(srv)
	t.Cleanup(web.Close)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err = crowd.Open(ctx, crowd.Options{Server: netip.MustParseAddrPort(web.Listener.Addr().String()), Key: "key", Secret: "another",
		Channel: "private-news", Sockets: 1})
	require.ErrorContains(t, err, "signature")
}
