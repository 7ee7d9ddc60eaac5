package store

import (
	"context"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
)

// writing remembers how the database took what was written last. It asks nothing of the database by itself.
type writing struct {
	mu      sync.Mutex
	at      time.Time // of the last commit that changed something, or of Open
	trouble error     // of the last attempt, when it failed after that
}

// Writing tells how the last write went, at no cost: the trouble with which it failed, or nil, and how long ago something
// was last committed. Only commits that changed a row count, since an empty one says nothing of the disk, and only
// trouble of the database, not the refusals of a unit itself. Somebody must write now and then for it to mean anything:
// in a running program that is the node's lease, every LeaseEvery.
func (db *DB) Writing() (idle time.Duration, trouble error) {
	w := &db.writing
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.at), w.trouble
}

// noting runs a unit and remembers how the database took it.
func (db *DB) noting(ctx context.Context, u unitOf) error {
	var changed bool
	fn := u.fn
	u.fn = func(tx *Tx) error {
		err := fn(tx)
		changed = tx.changed // of its last run
		return err
	}
	err := db.engine.write(ctx, u)
	switch {
	case err == nil && changed:
		db.writing.set(nil)
	case fault.CodeOf(err) == fault.Unavailable && !fault.IsRefusal(err): // a closing store refuses
		db.writing.set(err)
	}
	return err
}

func (w *writing) set(trouble error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = trouble
	if trouble == nil {
		w.at = time.Now()
	}
}
