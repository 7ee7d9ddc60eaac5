package pusher

import "time"

// bucket is a token bucket that starts full. The zero value is ready; one goroutine uses it.
type bucket struct {
	level float64 // tokens taken and not yet refilled
	at    time.Time
}

// take takes a token and reports whether there was one: perSecond are refilled each second, up to burst.
func (b *bucket) take(now time.Time, perSecond, burst int) bool {
	if !b.at.IsZero() {
		b.level = max(0, b.level-max(0, now.Sub(b.at).Seconds())*float64(perSecond)) // a clock that goes back takes nothing away
	}
	b.at = now
	if b.level+1 > float64(burst) {
		return false
	}
	b.level++
	return true
}
