package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/store"
)

// Lease takes a node's lease and renews it, as the program does, until release or the end of the test. A lease that another
// Acquire has taken over is not fought for.
func Lease(t testing.TB, db *store.DB, node string) (epoch int64, release func()) {
	t.Helper()
	leases := store.Leases{DB: db}
	epoch, err := leases.Acquire(t.Context(), node)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(3 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = leases.Renew(ctx, node, epoch)
			}
		}
	})
	release = sync.OnceFunc(func() {
		cancel()
		renewing.Wait()
		_ = leases.Release(context.Background(), node, epoch)
	})
	t.Cleanup(release)
	return epoch, release
}
