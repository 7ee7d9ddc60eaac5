package e2e_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// The operating guide promises these figures; dashboards and alarms rest on their names.
func TestTheFiguresTellOfAConversation(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	number, account := p.linked(t, "6281100000061")
	contact := p.net.Contact("6285700000061")
	_, err := contact.Write(ctx, account, "halo")
	require.NoError(t, err)
	p.delivered(t, number, contact.Phone(), "halo juga")
	failed, err := p.owner.Send(ctx, number, "+"+nobody, "ada orang?")
	require.NoError(t, err)
	p.waitStatus(t, failed.ID, "failed")

	var text string
	figure := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			return -1
		}
		v, err := strconv.ParseFloat(m[1], 64)
		require.NoError(t, err)
		return v
	}
	require.NoError(t, drive.Until(ctx, func() (bool, error) {
		_, text = fetch(t, p.server.URL+"/metrics")
		return figure(`sapa_messages_total{direction="in"}`) == 1 && figure(`sapa_messages_total{direction="out"}`) == 1, nil
	}), "%s", text)
	require.EqualValues(t, 1, figure(`sapa_numbers{state="connected"}`))
	require.EqualValues(t, 1, figure("sapa_send_failures_total"))
	require.Zero(t, figure("sapa_outbox_waiting"))
	require.Zero(t, figure("sapa_outbox_oldest_age_seconds"))
	for _, name := range []string{
		"sapa_uptime_seconds", "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds", "go_goroutines",
		"sapa_store_commits_total", "sapa_store_units_total", "sapa_store_statements_total",
	} {
		require.Positive(t, figure(name), name)
	}
	for _, name := range []string{"sapa_realtime_connections", "sapa_realtime_slow_total", "sapa_realtime_refused_total", `sapa_pump_stuck_seconds{consumer="realtime"}`} {
		require.GreaterOrEqual(t, figure(name), 0.0, name)
	}
	for _, who := range []string{account.Phone(), contact.Phone(), nobody, p.owner.Workspace, number, "Melati"} {
		require.NotContains(t, text, who, "no figure names a person or a business")
	}
}

func TestProfilesAreOnTheLoopbackDebugAddressOnly(t *testing.T) {
	t.Parallel()
	address, port, err := drive.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { _ = port.Close() })
	s := bare(t, drive.Options{Settings: []string{"--http.debug_listen=" + address}})
	code, page := fetch(t, "http://"+address+"/debug/pprof/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "goroutine")
	for _, path := range []string{"/", "/metrics", "/v1/me"} {
		code, _ = fetch(t, "http://"+address+path)
		require.Equal(t, http.StatusNotFound, code, "profiles and nothing else: %s", path)
	}
	_, page = fetch(t, s.URL+"/debug/pprof/")
	require.NotContains(t, page, "goroutine", "the public address has no profiles")
	for _, outside := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0"} {
		require.Contains(t, refusedStart(t, 2, "--http.debug_listen="+outside), "loopback")
	}
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}
