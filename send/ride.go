package send

import (
	"context"
	"sync"
)

// Ride lets the results of earlier sends share the commit that a provider has to make anyway before the next message
// may leave (the sessions of WhatsApp Web): one commit for each message instead of two. A lane puts it into the context
// of a send; package store takes it along when it writes a number's keys under that context.
type Ride struct {
	mu    sync.Mutex
	done  []Result
	taken bool
}

type rideContext struct{}

// withRide offers results to the commits made under the context returned.
func withRide(ctx context.Context, done []Result) (context.Context, *Ride) {
	r := &Ride{done: done}
	return context.WithValue(ctx, rideContext{}, r), r
}

// RideOf is the ride that a send's context offers, or nil.
func RideOf(ctx context.Context) *Ride {
	r, _ := ctx.Value(rideContext{}).(*Ride)
	return r
}

// Results are what the commit takes along; none of a nil Ride, and none once they were taken.
func (r *Ride) Results() []Result {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken {
		return nil
	}
	return r.done
}

// Taken tells, after the commit, that the results are written.
func (r *Ride) Taken() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = true
}

// wasTaken reports whether a commit took the results along, however few they were.
func (r *Ride) wasTaken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken
}
