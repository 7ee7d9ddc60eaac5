package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
)

// maxBatch and maxBatchTime bound a batch: nobody waits longer for the company than about one commit takes.
const (
	maxBatch     = 256
	maxBatchTime = 20 * time.Millisecond
)

// errLeft is the outcome of a unit whose function never returned (a panic, or the end of its goroutine).
var errLeft = errors.New("store: the unit did not return")

// writer runs the units of SQLite one after the other and commits those that have
// arrived meanwhile together. Every unit has a savepoint. After any error that is not a
// constraint the batch is rolled back whole and each unit runs again alone, because such
// an error can undo more than the statement it hit.
//
// Units run in their callers' goroutines, by turns: a panic or a failing test ends its
// own goroutine and leaves the writer alive.
type writer struct {
	db    *DB
	conn  *sql.Conn
	heads heads

	queue   chan *unit // first come, first served
	closing chan struct{}
	closed  sync.Once
	done    chan struct{}
}

// unit is a call of Write under way.
type unit struct {
	unitOf
	taken atomic.Bool // by the writer, or by its own cancellation
	turn  chan *Tx    // run with this
	ran   chan error  // what came of it
	done  chan error  // the end, after the commit
}

func startWriter(ctx context.Context, db *DB, on *sql.DB) (*writer, error) {
	c, err := on.Conn(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	w := &writer{db: db, conn: c, queue: make(chan *unit, maxBatch), closing: make(chan struct{}), done: make(chan struct{})}
	go w.loop(context.WithoutCancel(ctx))
	return w, nil
}

// do queues a unit and runs it when its turn comes.
func (w *writer) do(ctx context.Context, of unitOf) error {
	u := &unit{unitOf: of, turn: make(chan *Tx), ran: make(chan error), done: make(chan error, 1)}
	select {
	case <-w.closing:
		return errClosed()
	case <-ctx.Done():
		return ctx.Err()
	case w.queue <- u:
	}
	canceled := ctx.Done()
	for {
		select {
		case tx := <-u.turn:
			canceled = nil
			u.run(ctx, tx)
		case err := <-u.done:
			return unavailable(err)
		case <-canceled:
			if u.taken.CompareAndSwap(false, true) {
				return ctx.Err()
			}
			canceled = nil
		case <-w.done:
			select {
			case err := <-u.done:
				return unavailable(err)
			default:
				return errClosed()
			}
		}
	}
}

func errClosed() error {
	return fault.Errorf(fault.Unavailable, "the program is stopping").Because("stopping")
}

// run calls the unit's function and reports, whatever happens to the goroutine.
func (u *unit) run(ctx context.Context, tx *Tx) {
	err := errLeft
	defer func() { u.ran <- err }()
	tx.ctx = context.WithoutCancel(ctx)
	err = u.fn(tx)
}

// stop lets the batch under way finish, refuses what is queued and waits.
func (w *writer) stop() {
	w.closed.Do(func() { close(w.closing) })
	<-w.done
}

func (w *writer) loop(ctx context.Context) {
	defer close(w.done)
	defer func() { _ = w.conn.Close() }()
	for {
		select {
		case <-w.closing:
			return
		case first := <-w.queue:
			w.batch(ctx, first)
		}
	}
}

// batch runs first and whoever is queued behind it in one transaction.
func (w *writer) batch(ctx context.Context, first *unit) {
	started := time.Now()
	b := &batch{w: w, ctx: ctx}
	err := b.begin()
	for u := first; err == nil && u != nil; {
		if u.taken.CompareAndSwap(false, true) {
			err = b.add(u)
		}
		if err == nil { // whoever is taken from the queue is in the batch
			u = w.following(b, started)
		}
	}
	if err == nil {
		err = b.commit()
	}
	if err == nil {
		b.finish(started)
		return
	}
	b.rollback()
	if !first.taken.Load() { // begin failed: nobody has run
		first.taken.Store(true)
		b.units = append(b.units, first)
	}
	b.alone(err)
}

// following is the next unit of the batch, or nil when nobody waits or the batch is full.
func (w *writer) following(b *batch, started time.Time) *unit {
	hooks := &w.db.cfg.Hooks
	if hooks.Alone || len(b.units) >= maxBatch || time.Since(started) > cmp.Or(hooks.BatchTime, maxBatchTime) {
		return nil
	}
	select {
	case u := <-w.queue:
		return u
	default:
		return nil
	}
}

// batch is one transaction under way.
type batch struct {
	w        *writer
	ctx      context.Context
	units    []*unit // in the transaction, with their outcome
	outcomes []error
	txs      []*Tx
	appended int
}

func (b *batch) exec(query string) error {
	_, err := b.w.conn.ExecContext(b.ctx, query)
	return err
}

func (b *batch) begin() error {
	if err := b.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	return b.w.heads.open(b.ctx, b.w.conn)
}

// add runs one unit under a savepoint. An error means that the transaction is no longer to be trusted.
func (b *batch) add(u *unit) error {
	b.units = append(b.units, u)
	if err := b.exec("SAVEPOINT unit"); err != nil {
		return err
	}
	tx := &Tx{db: b.w.db, on: sqlConn{b.w.conn}, workspace: u.workspace, system: u.system, heads: &b.w.heads}
	mark := len(tx.heads.given)
	u.turn <- tx
	outcome := <-u.ran
	if outcome == nil && tx.failed != nil {
		outcome = fmt.Errorf("store: a unit went on after an error: %w", tx.failed)
	}
	switch {
	case tx.broken != nil:
		return tx.broken
	case outcome != nil && isTrouble(outcome):
		return outcome
	case outcome != nil:
		if err := b.exec("ROLLBACK TO unit"); err != nil {
			return err
		}
		tx.heads.back(mark)
	default:
		b.txs = append(b.txs, tx)
		b.appended += tx.appended
	}
	b.outcomes = append(b.outcomes, outcome)
	return b.exec("RELEASE unit")
}

// commit makes all of the batch last.
func (b *batch) commit() error {
	if err := b.w.heads.save(b.ctx, &Tx{db: b.w.db, on: sqlConn{b.w.conn}, ctx: b.ctx, system: true}); err != nil {
		return err
	}
	if hook := b.w.db.cfg.Hooks.BeforeCommit; hook != nil {
		if err := hook(); err != nil {
			return err
		}
	}
	return b.exec("COMMIT")
}

func (b *batch) rollback() {
	b.w.heads.forget()
	_ = b.exec("ROLLBACK") // fails when SQLite has rolled back by itself
}

func (b *batch) finish(started time.Time) {
	b.w.db.committed(len(b.units), time.Since(started))
	for _, tx := range b.txs {
		b.w.db.keys.keep(tx.loaded)
	}
	for i, u := range b.units {
		u.done <- b.outcomes[i]
	}
	if b.appended > 0 {
		b.w.db.stamped.fire()
	}
}

// alone runs every unit of a failed batch again, each in its own transaction; the only
// one of a batch has had its try, unless the cause may have been left behind by others.
func (b *batch) alone(cause error) {
	if len(b.units) == 1 {
		b.units[0].done <- cause
		return
	}
	for _, u := range b.units {
		started := time.Now()
		b.w.db.stats.retries.Add(1)
		one := &batch{w: b.w, ctx: b.ctx}
		err := one.begin()
		if err == nil {
			err = one.add(u)
		}
		if err == nil {
			err = one.commit()
		}
		if err != nil {
			one.rollback()
			u.done <- err
			continue
		}
		one.finish(started)
	}
}
