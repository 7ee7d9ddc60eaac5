package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// A stop loses no request and does not send all clients back at the same moment.
func TestAStopDrains(t *testing.T) {
	t.Parallel()
	const sockets = 900                      // closed over 2.7 seconds: there is time to see it
	p := open(t, "--http.drain_timeout=10m") // whoever waited for the end of that would wait in vain
	ctx := patient(t)
	key := p.appKey(t)
	ends := make(chan socketEnd, sockets)
	var opening sync.WaitGroup
	for range sockets {
		opening.Go(func() { listenUntilClosed(ctx, t, p.server.URL, key, ends) })
	}
	opening.Wait()
	finish, answered := slowRequest(t, p.server.URL+"/v1/login")

	require.NoError(t, p.server.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return status(p.server.URL+"/readyz") == http.StatusServiceUnavailable }, time.Minute, 2*time.Millisecond,
		"a balancer is told before the port closes")
	require.Equal(t, http.StatusOK, status(p.server.URL+"/healthz"), "it lives until it has ended")
	var closed []time.Time
	for range sockets {
		end := <-ends
		require.Equal(t, websocket.StatusCode(4200), end.code)
		closed = append(closed, end.at)
	}
	spread := slices.MaxFunc(closed, time.Time.Compare).Sub(slices.MinFunc(closed, time.Time.Compare))
	require.Greater(t, spread, 500*time.Millisecond)

	finish()
	require.Equal(t, http.StatusUnauthorized, <-answered, "a request in flight gets its answer")
	require.NoError(t, p.server.Wait(ctx), "the exit code is 0")
}

// A request that never ends does not keep the program from ending.
func TestAStopEndsInTime(t *testing.T) {
	t.Parallel()
	p := open(t, "--http.drain_timeout=1s")
	_, _ = slowRequest(t, p.server.URL+"/v1/login")
	require.NoError(t, p.server.Stop(patient(t)), "it would wait for ever")
	log, err := p.server.Log()
	require.NoError(t, err)
	require.Contains(t, log, "requests were cut")
	require.NotContains(t, log, "did not stop", "the parts behind the request still end in order")
}

type socketEnd struct {
	code websocket.StatusCode
	at   time.Time
}

// listenUntilClosed returns when the socket is open and reports its end.
func listenUntilClosed(ctx context.Context, t *testing.T, base, key string, ends chan<- socketEnd) {
	ws, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/app/"+key+"?protocol=7", nil)
	if err != nil {
		t.Errorf("dial: %v", err)
		ends <- socketEnd{}
		return
	}
	_ = resp.Body
	if _, _, err := ws.Read(ctx); err != nil {
		t.Errorf("greeting: %v", err)
	}
	go func() {
		for {
			if _, _, err := ws.Read(ctx); err != nil {
				ends <- socketEnd{websocket.CloseStatus(err), time.Now()}
				return
			}
		}
	}()
}

// appKey is the key of the workspace's realtime app.
func (p *place) appKey(t *testing.T) string {
	t.Helper()
	var app struct {
		Key string `json:"key"`
	}
	require.NoError(t, p.owner.Do(patient(t), "GET", "/v1/realtime", nil, &app))
	return app.Key
}

// slowRequest begins a login whose body ends only when finish is called; answered yields its status. It returns when the
// program reads the body: the client waits for "100 Continue" before it sends any of it.
func slowRequest(t *testing.T, url string) (finish func(), answered <-chan int) {
	t.Helper()
	body, rest := io.Pipe()
	t.Cleanup(func() { _ = rest.Close() })
	begun, status := make(chan struct{}), make(chan int, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	go func() {
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: 5 * time.Minute}}).Do(req)
		if err != nil {
			status <- 0
			return
		}
		_ = resp.Body.Close()
		status <- resp.StatusCode
	}()
	go func() {
		_, _ = fmt.Fprint(rest, `{"email":"budi@example.com",`)
		close(begun)
	}()
	<-begun
	return func() {
		_, _ = fmt.Fprint(rest, `"password":"salah sekali"}`)
		_ = rest.Close()
	}, status
}

// status is the answer's status, 0 without one.
func status(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
