package web

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCodesAreShownOneAfterAnotherAndEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		texts []string
		stop  time.Duration
		want  []string
		took  time.Duration
	}{
		"six":     {[]string{"a", "b", "c", "d", "e", "f"}, 0, []string{"a", "b", "c", "d", "e", "f", "expired"}, 160 * time.Second},
		"fewer":   {[]string{"a", "b"}, 0, []string{"a", "b", "expired"}, 40 * time.Second},
		"stopped": {[]string{"a", "b"}, 30 * time.Second, []string{"a", "b"}, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var shown []string
				var s codes
				start := time.Now()
				run := s.start(t.Context(), c.texts, func(text string, _ time.Duration) { shown = append(shown, text) }, func() { shown = append(shown, "expired") })
				if c.stop > 0 {
					time.AfterFunc(c.stop, s.stop)
				}
				run()
				require.Equal(t, c.want, shown)
				require.Equal(t, c.took, time.Since(start))
			})
		})
	}
}
