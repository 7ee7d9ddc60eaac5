// Package clock is the program's wall clock, injected so that tests can set it.
//
// Only wall time goes through it (timestamps that are stored, shown or compared
// with stored ones). Waiting uses timers of package time, which run on the
// monotonic clock and, in tests, on testing/synctest.
package clock

import "time"

// Clock tells the wall time.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock, shifted by Offset. The zero value is the plain system clock.
type System struct {
	Offset time.Duration
}

// Now returns the system's time plus the offset, in UTC.
func (s System) Now() time.Time { return time.Now().Add(s.Offset).UTC() }

// Millis is how times are stored: Unix milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMillis is the inverse of Millis, in UTC.
func FromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
