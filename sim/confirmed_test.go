package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

func TestALoadProgramIsToldOfEachConfirmationOnce(t *testing.T) {
	t.Parallel()
	told := make(chan sim.Confirmation, 10)
	n, acc, c, ani := pair(t, &sim.Network{
		BlindPhones: true, OnConfirmed: func(c sim.Confirmation) { told <- c },
		Faults: sim.Faults{Duplicate: 1},
	})
	ctx := simtest.Context(t)
	next := func() (c sim.Confirmation) {
		select {
		case c = <-told:
		case <-ctx.Done():
			t.Fatal("nothing was told")
		}
		return c
	}

	in, err := ani.Write(ctx, acc, "halo")
	require.NoError(t, err)
	got := next()
	e, ok := n.Ledger.Find(ani.Phone(), acc.Phone(), in)
	require.True(t, ok)
	require.Equal(t, sim.Confirmation{
		ID: in, From: ani.Phone(), To: acc.Phone(), Text: "halo", By: acc.Phone(), Device: e.Deliveries[0].Device,
		Accepted: e.Accepted, At: e.Deliveries[0].Confirmed,
	}, got)

	out, err := c.Send(ctx, ani.Phone(), "halo juga")
	require.NoError(t, err)
	got = next()
	require.Equal(t, []any{out, "halo juga", ani.Phone(), 0}, []any{got.ID, got.Text, got.By, got.Device})

	last, err := c.Send(ctx, ani.Phone(), "sudah ya")
	require.NoError(t, err)
	require.Equal(t, last, next().ID, "the copies before it are no news")
}
