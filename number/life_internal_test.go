package number

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A silence is noticed when it is too long, and not up to a sixth later.
func TestASilenceIsNoticedInTime(t *testing.T) {
	t.Parallel()
	const silence = 90 * time.Second
	for late := range 16 { // life may end at any moment between two looks
		last := time.Unix(1790000000, 0)
		now := last.Add(time.Duration(late) * time.Second)
		for now.Sub(last) < silence {
			next := nextLook(now, last, silence)
			require.True(t, next.After(now))
			now = next
		}
		require.Equal(t, silence, now.Sub(last), "the last life was %d s before a look", late)
	}
}
