package app

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryIsGivenBackWhenABurstIsOver(t *testing.T) {
	const mb = 1 << 20
	k := &memoryKeeper{}
	at := func(allocated, held, live uint64) bool {
		return k.look(memory{allocated: allocated * mb, held: held * mb, live: live * mb})
	}
	require.False(t, at(500, 200, 40), "the burst itself")
	require.False(t, at(505, 200, 40), "it may go on")
	require.True(t, at(510, 200, 40))
	require.False(t, at(515, 48, 40), "nothing worth the work")
	require.False(t, at(900, 200, 40), "the next burst")
}

func TestMemoryBetweenWhatLivesIsNotCollectedForAgainAndAgain(t *testing.T) {
	const mb = 1 << 20
	k := &memoryKeeper{gaps: 60 * mb, calm: memorySecond} // as after a burst
	require.False(t, k.look(memory{held: 190 * mb, live: 120 * mb}))
	require.True(t, k.look(memory{held: 220 * mb, live: 120 * mb}), "new garbage")
	require.True(t, k.look(memory{held: 190 * mb, live: 80 * mb}), "half of the numbers are gone")
}

func TestManyIdleNumbersAreCalm(t *testing.T) {
	const mb = 1 << 20
	k := &memoryKeeper{}
	for i := range uint64(2) {
		require.Equal(t, i == 1, k.look(memory{allocated: (i + 1) * 50 * mb, held: 900 * mb, live: 420 * mb}))
	}
}

// What the runtime calls things may change: a figure that is always zero would make the keeper useless.
func TestTheRuntimeTellsOfItsMemory(t *testing.T) {
	burst := make([]byte, 64<<20)
	before := readMemory()
	require.Greater(t, before.allocated, uint64(len(burst)))
	require.Greater(t, before.held, uint64(len(burst)))
	clear(burst)
	burst = nil
	debug.FreeOSMemory()
	after := readMemory()
	require.Less(t, after.held, before.held-(32<<20), "what other tests take meanwhile is less than the rest")
	require.Greater(t, after.live, uint64(0))
}
