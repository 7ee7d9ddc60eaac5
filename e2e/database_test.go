package e2e_test

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/store/storetest"
)

// PostgreSQL goes away while messages go both ways: the API says 503 meanwhile, and afterwards everything goes on by
// itself, with nothing lost by the network's ledger.
func TestPostgresIsRestartedInTheMiddle(t *testing.T) {
	t.Parallel()
	if os.Getenv("SAPA_TEST_ENGINE") == "sqlite" {
		t.Skip("SAPA_TEST_ENGINE leaves PostgreSQL out")
	}
	for name, away := range map[string]time.Duration{
		"for a moment":               0,
		"for longer than the leases": 20 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire, err := drive.NewProxy(storetest.Postgres(t).Postgres)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, wire.Close()) })
			p := open(t, "--database.url="+wire.URL)
			ctx := patient(t)
			l := p.lane(t, "6281150000001", "6285750000001")

			stop := p.talk(ctx, t, l)
			pause(ctx, time.Second)
			wire.Cut()
			p.answers(t, http.StatusServiceUnavailable, http.MethodGet, "/v1/conversations", nil)
			p.answers(t, http.StatusServiceUnavailable, http.MethodPost, "/v1/messages", map[string]string{"to": "+6285750000002", "number": l.Number, "text": "halo"})
			pause(ctx, away)
			wire.Heal()
			p.answers(t, http.StatusOK, http.MethodGet, "/v1/conversations", nil)
			require.NoError(t, p.owner.WaitState(ctx, l.Number, "connected"))
			pause(ctx, time.Second)
			stop()
			p.judge(ctx, t, l)
		})
	}
}

// answers waits until the API answers with the status.
func (p *place) answers(t *testing.T, status int, method, path string, in any) {
	t.Helper()
	ctx := patient(t)
	var last error
	err := drive.Until(ctx, func() (bool, error) {
		got := http.StatusOK
		var problem *drive.Problem
		if last = p.owner.Do(ctx, method, path, in, nil); errors.As(last, &problem) {
			got = problem.Status
		}
		return got == status && (last == nil || problem != nil), nil
	})
	require.NoError(t, err, "%s %s does not answer %d but %v", method, path, status, last)
}
