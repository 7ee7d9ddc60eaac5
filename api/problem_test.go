package api_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// Whoever is on call must be able to alarm on errors in the log: what is refused on purpose is none, a database in trouble is.
func TestOnlyTroubleIsAnErrorInTheLog(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	h := build(t, storetest.New(t, func(c *store.Config) {
		c.Hooks.Statement = func(_ int64, query string) error {
			if broken.Load() && strings.Contains(query, "FROM conversations") {
				return &net.OpError{Op: "read", Err: net.ErrClosed}
			}
			return nil
		}
	}))
	owner := h.founded()
	number := h.number(owner.workspace)
	conversation, _, _ := h.talk(owner.workspace, number)

	owner.do("POST", "/v1/conversations/"+conversation+"/typing", object{"on": true}).refused(503, "number_offline")
	owner.do("POST", "/v1/numbers/"+number+"/pair", object{"method": "qr"}).refused(503, "numbers_stopped")
	require.NotContains(t, h.log.String(), "level=ERROR")
	require.Contains(t, h.log.String(), "reason=number_offline", "with its reason, for whoever looks for the request's id")

	broken.Store(true)
	owner.do("GET", "/v1/conversations", nil).refused(503, "database_unavailable")
	require.Contains(t, h.log.String(), "level=ERROR")
}
