package workspace

import (
	"context"
	"time"
)

const (
	// AttemptLife is how long the answer of a request with an Idempotency-Key is kept.
	AttemptLife = 24 * time.Hour
	// AttemptStale is when a request that never answered (its process died) no longer blocks its key.
	AttemptStale = time.Minute
)

// Attempt names a request that its caller may send again.
type Attempt struct {
	// ID is a hash of the caller's key, Route the method and path pattern, Request a hash of path and body.
	ID      string
	Route   string
	Request string
}

// Answer is what an attempt was answered with.
type Answer struct {
	Status    int
	MediaType string
	Body      []byte
}

// Standing is what stands in an attempt's place. Taken is false when the place was free and is the caller's now;
// a Status of 0 in Answer means that the first request still runs.
type Standing struct {
	Taken   bool
	Request string
	Answer  Answer
}

// AttemptStore remembers answers per workspace, key and route.
type AttemptStore interface {
	Begin(ctx context.Context, workspace string, a Attempt, now time.Time) (Standing, error)
	Finish(ctx context.Context, workspace string, a Attempt, answer Answer) error
	Abandon(ctx context.Context, workspace string, a Attempt) error
}
