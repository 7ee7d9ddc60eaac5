package workspace

import (
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
)

const (
	// cacheFor bounds how long another node of a cluster may still honour what was just revoked here.
	cacheFor = 10 * time.Second
	// cacheSize bounds memory; the keys come from callers.
	cacheSize = 10_000
)

// cache remembers answers for a few seconds, so that a burst of requests of one caller costs one read.
// Errors are not remembered.
type cache[T any] struct {
	clock clock.Clock
	mu    sync.Mutex
	held  map[string]cached[T]
	// era counts invalidations: an answer that was being read while one happened is not kept.
	era int64
}

type cached[T any] struct {
	value T
	until time.Time
}

func newCache[T any](c clock.Clock) *cache[T] {
	return &cache[T]{clock: c, held: map[string]cached[T]{}}
}

func (c *cache[T]) get(key string, read func() (T, error)) (T, error) {
	now := c.clock.Now()
	c.mu.Lock()
	hit, ok := c.held[key]
	era := c.era
	c.mu.Unlock()
	// A clock that was set back must not keep an answer alive for hours.
	if left := hit.until.Sub(now); ok && left > 0 && left <= cacheFor {
		return hit.value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.era == era {
		if len(c.held) >= cacheSize {
			clear(c.held)
		}
		c.held[key] = cached[T]{value, now.Add(cacheFor)}
	}
	return value, nil
}

func (c *cache[T]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	delete(c.held, key)
}

func (c *cache[T]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	clear(c.held)
}
