package event

import "github.com/sapa-chat/sapa/internal/fault"

// Query asks for stamped events of one workspace. The zero value is the beginning of the log, oldest first.
type Query struct {
	// After is the last seq that the reader has; 0 for the beginning. Oldest first only.
	After int64
	// NewestFirst reads backwards, from the newest or from below Before.
	NewestFirst bool
	// Before is the lowest seq that the reader has; 0 for the newest. Newest first only.
	Before int64
	Types  []Type // empty: all
	Number string // empty: all
	Limit  int    // as page.Request
}

// Stretch is a part of the log.
type Stretch struct {
	Items []Envelope
	// Next continues in the same direction. Oldest first it is the After of the following query, equal to this one's when
	// nothing is new. Newest first it is the Before of the following query, and 0 when there is nothing older.
	Next int64
}

// Gone is the error for a reader that is behind the oldest event kept. It is a fault.Gone.
type Gone struct {
	// Oldest is the smallest seq that can still be read.
	Oldest int64
}

func (e *Gone) Error() string { return e.fault().Message }

// Unwrap gives the fault.
func (e *Gone) Unwrap() error { return e.fault() }

func (e *Gone) fault() *fault.Error {
	return fault.Errorf(fault.Gone, "events up to %d are no longer kept", e.Oldest-1).Because("events_pruned")
}
