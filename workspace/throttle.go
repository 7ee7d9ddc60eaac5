package workspace

import (
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
)

const (
	// wrongPerAccount wrong passwords lock an account, wrongPerAddress a network address (an office shares one).
	wrongPerAccount = 10
	wrongPerAddress = 50
	throttleWindow  = 15 * time.Minute
	throttleSize    = 20_000
)

// throttle counts failures per key within a window that starts with the first one. It lives in memory:
// a restart forgives, which costs an attacker more than it gives them.
type throttle struct {
	clock  clock.Clock
	window time.Duration
	mu     sync.Mutex
	counts map[string]count
}

type count struct {
	n     int
	until time.Time
}

func newThrottle(c clock.Clock, window time.Duration) *throttle {
	return &throttle{clock: c, window: window, counts: map[string]count{}}
}

// admit is a fault of code Limited when key has used up max within the window; otherwise it counts this try.
// Counting before the outcome is known keeps many simultaneous guesses from slipping past the limit.
func (t *throttle) admit(key string, max int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	c := t.counts[key]
	if left := c.until.Sub(now); left <= 0 || left > t.window {
		c = count{until: now.Add(t.window)}
	}
	if c.n >= max {
		return lockedOut(c.until, now)
	}
	if _, known := t.counts[key]; !known && len(t.counts) >= throttleSize {
		t.forgetOver(now)
	}
	c.n++
	if c.n == max {
		c.until = now.Add(t.window) // the lock is a whole window long, whenever the first failure was
	}
	t.counts[key] = c
	return nil
}

// forget clears a key after a success.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.counts, key)
}

// forgive takes one count back: the try was right, but others of the same key may not have been.
func (t *throttle) forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c, ok := t.counts[key]; ok && c.n > 0 {
		c.n--
		t.counts[key] = c
	}
}

// forgetOver makes room: everything that is over, and all of it when that frees nothing.
func (t *throttle) forgetOver(now time.Time) {
	for key, c := range t.counts {
		if !c.until.After(now) {
			delete(t.counts, key)
		}
	}
	if len(t.counts) >= throttleSize {
		clear(t.counts)
	}
}

func lockedOut(until, now time.Time) error {
	return fault.Errorf(fault.Limited, "too many wrong passwords; try again at %s UTC, or reset the password", until.UTC().Format("15:04")).
		Because("login_locked").After(until.Sub(now))
}
