package send_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/wa"
)

func TestThePaceKeepsItsGap(t *testing.T) {
	t.Parallel()
	const gap, jitter = 3 * time.Second, 2 * time.Second
	one, other := wa.NumberRef{ID: "n1"}, wa.NumberRef{ID: "n2"}
	rapid.Check(t, func(t *rapid.T) {
		p := send.NewPace(gap, jitter)
		now := time.Unix(1_800_000_000, 0)
		require.Equal(t, now, p.Next(one, now), "the first goes at once")
		for range rapid.IntRange(1, 20).Draw(t, "messages") {
			p.Sent(one, now)
			wait := p.Next(one, now).Sub(now)
			require.GreaterOrEqual(t, wait, gap)
			require.Less(t, wait, gap+jitter)
			require.Equal(t, now, p.Next(other, now), "each number has its own")
			now = now.Add(wait + time.Duration(rapid.IntRange(0, 10_000).Draw(t, "later"))*time.Millisecond)
			require.Equal(t, now, p.Next(one, now))
		}
		p.Sent(one, now)
		back := now.Add(-time.Hour)
		require.LessOrEqual(t, p.Next(one, back).Sub(back), gap+jitter, "a clock that goes back stops nobody for an hour")
	})
}

func TestAPaceWithoutAGapIsLifted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := send.NewPace(0, time.Second)
	p.Sent(wa.NumberRef{ID: "n1"}, now)
	require.Equal(t, now, p.Next(wa.NumberRef{ID: "n1"}, now))
}

func TestTheLaneKeepsThePace(t *testing.T) {
	const gap = 80 * time.Millisecond
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, h.link)
		first, second := h.say(budi, "satu"), h.say(siti, "dua")
		h.becomes(first.ID, event.StatusSent)
		at := time.Now()
		waits := h.waits(second)
		h.becomes(second.ID, event.StatusSent)
		if waits.Reason == send.WaitPace { // it was seen in time
			require.WithinDuration(t, at, waits.At, gap)
		}
		require.GreaterOrEqual(t, h.link.gap(), gap)
	}, func(o *send.Options) { o.Governor = send.NewPace(gap, 0) })
}

// gap is the time between the first two messages that were taken.
func (l *link) gap() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at[1].Sub(l.at[0])
}
