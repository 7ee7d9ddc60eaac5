package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheEventLogIsReadInOrderAndSaysWhenItsBeginningIsGone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		for range 3 {
			h.number(owner.workspace)
		}
		require.Eventually(t, func() bool {
			return len(owner.do("GET", "/v1/events?type=number.created", nil).ok(200)["items"].([]any)) == 3
		}, time.Minute, 10*time.Millisecond)

		page := owner.do("GET", "/v1/events?limit=2", nil).ok(200)
		first := page["items"].([]any)[0].(object)
		require.EqualValues(t, 1, first["seq"])
		require.Equal(t, owner.workspace, first["workspace"])
		require.EqualValues(t, 2, page["next_after"])
		require.Empty(t, owner.do("GET", "/v1/events?after=1000", nil).ok(200)["items"])

		_, err := h.db.PruneEvents(t.Context(), h.clock.Now().Add(time.Hour))
		require.NoError(t, err)
		p := owner.do("GET", "/v1/events?after=0", nil).refused(410, "events_pruned")
		require.NotNil(t, p.Oldest)
		require.Greater(t, *p.Oldest, int64(2))
	})
}

func TestTheEventLogIsReadFromItsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		for range 3 {
			h.number(owner.workspace)
		}
		read := func(query string) map[string]any { return owner.do("GET", "/v1/events?"+query, nil).ok(200) }
		require.Eventually(t, func() bool { return len(read("type=number.created")["items"].([]any)) == 3 }, time.Minute, 10*time.Millisecond)
		seqs := func(page map[string]any) (all []float64) {
			for _, item := range page["items"].([]any) {
				all = append(all, item.(object)["seq"].(float64))
			}
			return all
		}
		forwards := seqs(read("type=number.created&order=asc"))

		page := read("type=number.created&order=desc&limit=2")
		require.Equal(t, []float64{forwards[2], forwards[1]}, seqs(page))
		require.Equal(t, forwards[1], page["next_before"])
		require.Equal(t, forwards[2], page["next_after"], "to follow the log from here on")
		page = read(fmt.Sprintf("type=number.created&order=desc&limit=2&before=%v", page["next_before"]))
		require.Equal(t, forwards[:1], seqs(page))
		require.Zero(t, page["next_before"], "nothing older")

		owner.do("GET", "/v1/events?order=desc&after=1", nil).refused(422, "cursor_direction")
		owner.do("GET", "/v1/events?before=2", nil).refused(422, "cursor_direction")
		owner.do("GET", "/v1/events?order=newest", nil).refused(422, "validation")
	})
}
