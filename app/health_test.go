package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
)

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	full := errors.Join(fault.Errorf(fault.Unavailable, "the database cannot do this").Because("disk_full"), errors.New("/var/lib/sapa/sapa.db: disk full"))
	for name, c := range map[string]struct {
		database error
		idle     time.Duration
		trouble  error
		stopping bool
		status   int
		body     string
	}{
		"all is well":              {idle: 5 * time.Second, status: 200, body: "ready"},
		"stopping":                 {stopping: true, status: 503, body: "stopping"},
		"no answer":                {database: errors.New("refused"), status: 503, body: "the database does not answer"},
		"the disk is full":         {trouble: full, status: 503, body: "the database takes no writes: disk_full"},
		"a write that never ended": {idle: 31500 * time.Millisecond, status: 503, body: "the database takes no writes: nothing was written for 31s"},
	} {
		h := &health{database: func(context.Context) error { return c.database }, writing: func() (time.Duration, error) { return c.idle, c.trouble }}
		h.draining.Store(c.stopping)
		w := httptest.NewRecorder()
		h.ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		require.Equal(t, c.status, w.Code, name)
		require.JSONEq(t, `{"status":"`+c.body+`"}`, w.Body.String(), name)
	}
}
