package number

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"golang.org/x/time/rate"

	"github.com/sapa-chat/sapa/internal/fault"
)

// admission lets connects through: so many a second, so many at once, and none when the measured memory is used up.
type admission struct {
	pace   *rate.Limiter
	slots  chan struct{}
	limit  int64
	memory func() int64
	base   int64 // memory before the first connection
}

func newAdmission(l Limits) *admission {
	a := &admission{slots: make(chan struct{}, l.Connecting), pace: rate.NewLimiter(rate.Limit(l.ConnectsPerSecond), 1), limit: l.MemoryBytes, memory: memory, base: memory()}
	if l.ConnectsPerSecond < 0 {
		a.pace = rate.NewLimiter(rate.Inf, 1)
	}
	if a.limit == 0 {
		a.limit = debug.SetMemoryLimit(-1) // reads it; math.MaxInt64 without GOMEMLIMIT
	}
	return a
}

var errFull = fault.Errorf(fault.Unavailable, "this installation has no memory left for another number").Because(CauseInstallation)

// enter waits for a turn. leave must be called when the connection stands or is given up; it may be called twice.
func (a *admission) enter(ctx context.Context) (leave func(), err error) {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = sync.OnceFunc(func() { <-a.slots })
	if err := a.pace.Wait(ctx); err != nil {
		leave()
		return nil, err
	}
	if a.memory() > a.limit/10*9 {
		leave()
		return nil, errFull
	}
	return leave, nil
}

// cost is what a connection has cost so far, on average.
func (a *admission) cost(links int) int64 {
	if links == 0 {
		return 0
	}
	return max(0, a.memory()-a.base) / int64(links)
}

// memory is what the Go runtime holds and has not given back.
func memory() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64() - sample[1].Value.Uint64())
}
