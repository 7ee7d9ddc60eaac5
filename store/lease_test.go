package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

func TestTheEpochGrowsWithEveryStart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		leases := store.Leases{DB: db}
		first, err := leases.Acquire(t.Context(), "a")
		require.NoError(t, err)
		require.NoError(t, leases.Renew(t.Context(), "a", first))
		second, err := leases.Acquire(t.Context(), "a")
		require.NoError(t, err)
		require.Greater(t, second, first)
		require.Equal(t, "lease_lost", fault.ReasonOf(leases.Renew(t.Context(), "a", first)))
		require.NoError(t, leases.Release(t.Context(), "a", second))
		require.Equal(t, "lease_lost", fault.ReasonOf(leases.Renew(t.Context(), "a", second)), "a released lease is over")
	})
}

func TestANumberIsRunByOneNodeAndItsOldWritesAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		a, leave := storetest.Lease(t, db, "a")
		b, _ := storetest.Lease(t, db, "b")
		claim := func(node string, epoch int64) error {
			return db.Write(ctx, "w1", func(tx *store.Tx) error { return tx.Claim(ctx, "n1", node, epoch) })
		}
		fence := func(epoch int64) error {
			return db.Write(ctx, "w1", func(tx *store.Tx) error { return tx.Fence(ctx, "n1", epoch) })
		}
		require.Equal(t, "lease_lost", fault.ReasonOf(claim("c", 99)), "without a lease nothing is claimed")
		require.NoError(t, claim("a", a))
		require.NoError(t, claim("a", a), "again is fine")
		require.NoError(t, fence(a))
		require.Equal(t, "number_elsewhere", fault.ReasonOf(claim("b", b)))

		leave()
		require.NoError(t, claim("b", b))
		require.NoError(t, fence(b))
		require.Equal(t, "lease_lost", fault.ReasonOf(fence(a)), "the old node's writes are refused")

		require.NoError(t, db.Write(ctx, "w1", func(tx *store.Tx) error { return tx.Unclaim(ctx, "n1", b) }))
		require.Equal(t, "lease_lost", fault.ReasonOf(fence(b)))
	})
}
