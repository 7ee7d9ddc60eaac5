package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// Hooks let a bench or a test look into the store and disturb it. The zero value does nothing.
type Hooks struct {
	// Statement runs before each statement of a unit; its error is returned instead of running it. n counts from 1 since Open.
	Statement func(n int64, query string) error
	// BeforeCommit runs before each commit of a write, while it holds the database. Its error fails the commit.
	BeforeCommit func() error
	// Alone lets every unit commit by itself, one after the other, to show what their company is worth.
	Alone bool
	// BatchTime bounds how long SQLite's writer goes on taking units into one commit; 0 means 20 ms.
	BatchTime time.Duration
	// Committed runs after each commit with the number of units in it and how long the batch took.
	Committed func(units int, took time.Duration)
}

// Stats counts since Open.
type Stats struct {
	Units      int64 // units that were committed
	Commits    int64 // transactions that were committed for units, or to stamp their events
	Statements int64 // statements that units ran
	Retries    int64 // units that ran again because of their company, or of a serialization failure
	Largest    int64 // units in the largest commit
}

type stats struct {
	units, commits, statements, retries, largest atomic.Int64
}

// Stats returns the counters.
func (db *DB) Stats() Stats {
	return Stats{
		Units: db.stats.units.Load(), Commits: db.stats.commits.Load(),
		Statements: db.stats.statements.Load(), Retries: db.stats.retries.Load(), Largest: db.stats.largest.Load(),
	}
}

func (db *DB) committed(units int, took time.Duration) {
	db.stats.units.Add(int64(units))
	db.stats.commits.Add(1)
	if int64(units) > db.stats.largest.Load() {
		db.stats.largest.Store(int64(units))
	}
	if hook := db.cfg.Hooks.Committed; hook != nil {
		hook(units, took)
	}
}

// signal wakes everyone who waits; nothing is counted.
type signal struct {
	mu *sync.Mutex
	ch *chan struct{}
}

func newSignal() signal {
	ch := make(chan struct{})
	return signal{mu: new(sync.Mutex), ch: &ch}
}

// next is closed at the next fire. Take it before looking at what may have changed.
func (s signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.ch
}

func (s signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(*s.ch)
	*s.ch = make(chan struct{})
}
