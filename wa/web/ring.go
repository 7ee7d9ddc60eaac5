package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// ring is the key ring of one connection: whatsmeow's stores over a [DeviceStore], with what is not durable yet in memory.
//
// Reads look into the running decryption, what is pending, the cache, the database.
// Writes become pending and are made durable together: by the next send, a second later, or
// at the end. Any failure kills the ring and its connection; nothing pending survives that.
type ring struct {
	store      DeviceStore
	number     wa.NumberRef
	cache      *cache
	generation uint64
	now        func() time.Time
	// failed is told of the first failure; it closes the connection.
	failed func(error)

	turns    turns
	flushing sync.Mutex // one flush at a time, so that a later one cannot be overtaken
	prekeys  sync.Mutex // making and marking one-time keys

	mu      sync.Mutex
	dead    error
	pending map[Key]*pending
	flights map[hash]*flight // decrypted, not handled
	timer   *time.Timer
}

// pending is a value that is not durable yet; nil deletes.
type pending struct{ value []byte }

const (
	flushAfter  = time.Second
	flushAt     = 200 // pending records
	flightGrace = 5 * time.Second
)

func newRing(store DeviceStore, n wa.NumberRef, c *cache, generation uint64, now func() time.Time, failed func(error)) *ring {
	return &ring{store: store, number: n, cache: c, generation: generation, now: now, failed: failed,
		pending: map[Key]*pending{}, flights: map[hash]*flight{}}
}

// fail kills the ring because of err and returns what whatsmeow must see: an error for which errors.Is(err, context.Canceled)
// holds, since it acknowledges after any other. An operation that its own caller gave up is no failure of the store.
func (r *ring) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.kill(err)
	r.failed(err)
	return fmt.Errorf("%w: %w", context.Canceled, err)
}

// kill refuses everything from now on and forgets what is pending.
func (r *ring) kill(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return
	}
	r.dead = fmt.Errorf("%w: %w", context.Canceled, err)
	r.pending, r.flights = nil, nil
	if r.timer != nil {
		r.timer.Stop()
	}
	r.cache.drop(r.generation)
}

// get returns a record; nil when there is none.
func (r *ring) get(ctx context.Context, k Key) ([]byte, error) {
	r.mu.Lock()
	value, ok := r.near(ctx, k)
	dead := r.dead
	r.mu.Unlock()
	if dead != nil || ok {
		return value, dead
	}
	found, err := r.getMany(ctx, k.Kind, k.Name)
	return found[k.Name], err
}

// getMany returns the records under names. Missing ones have no entry.
func (r *ring) getMany(ctx context.Context, kind Kind, names ...string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(names))
	var missing []string
	r.mu.Lock()
	if r.dead != nil {
		defer r.mu.Unlock()
		return nil, r.dead
	}
	for _, name := range names {
		value, ok := r.near(ctx, Key{kind, name})
		if !ok {
			missing = append(missing, name)
		} else if value != nil {
			found[name] = value
		}
	}
	r.mu.Unlock()
	if len(missing) == 0 {
		return found, nil
	}
	stored, err := r.read(ctx, kind, missing)
	if err != nil {
		return nil, r.fail(ctx, fmt.Errorf("read %s: %w", kind, err))
	}
	for _, name := range missing {
		value := stored[name]
		r.remember(Key{kind, name}, value)
		if value != nil {
			found[name] = value
		}
	}
	return found, nil
}

// near looks into everything but the database. r.mu is held.
func (r *ring) near(ctx context.Context, k Key) (value []byte, ok bool) {
	if t := txnOf(ctx); t != nil {
		if value, ok := t.writes[k]; ok {
			return value, true
		}
	}
	if p, ok := r.pending[k]; ok {
		return p.value, true
	}
	return r.cache.get(r.generation, k)
}

func (r *ring) read(ctx context.Context, kind Kind, names []string) (map[string][]byte, error) {
	texts := map[string]string(nil)
	var err error
	switch kind {
	case kindMigrated:
	case kindLID:
		texts, err = r.store.LIDs(ctx, r.number.Workspace, names...)
	case kindPhone:
		texts, err = r.store.Phones(ctx, r.number.Workspace, names...)
	default:
		return r.store.Read(ctx, r.number, kind, names...)
	}
	found := make(map[string][]byte, len(texts))
	for name, text := range texts {
		found[name] = []byte(text)
	}
	return found, err
}

// remember caches what the database said, unless it was changed meanwhile.
func (r *ring) remember(k Key, value []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, changed := r.pending[k]; r.dead == nil && !changed {
		r.cache.put(r.generation, k, value)
	}
}

// scan returns all records of a kind under a prefix, with what is pending.
func (r *ring) scan(ctx context.Context, kind Kind, prefix string) (map[string][]byte, error) {
	found, err := r.store.Scan(ctx, r.number, kind, prefix)
	if err != nil {
		return nil, r.fail(ctx, fmt.Errorf("scan %s: %w", kind, err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return nil, r.dead
	}
	over := func(k Key, value []byte) {
		switch {
		case k.Kind != kind || !strings.HasPrefix(k.Name, prefix):
		case value == nil:
			delete(found, k.Name)
		default:
			found[k.Name] = value
		}
	}
	for k, p := range r.pending {
		over(k, p.value)
	}
	if t := txnOf(ctx); t != nil {
		for k, value := range t.writes {
			over(k, value)
		}
	}
	return found, nil
}

// set changes records (nil deletes): in the running decryption, or pending until the next flush.
func (r *ring) set(ctx context.Context, records ...Record) error {
	r.mu.Lock()
	if r.dead != nil {
		defer r.mu.Unlock()
		return r.dead
	}
	if t := txnOf(ctx); t != nil {
		for _, rec := range records {
			t.writes[rec.Key] = rec.Value
		}
		r.mu.Unlock()
		return nil
	}
	for _, rec := range records {
		r.pending[rec.Key] = &pending{rec.Value}
	}
	full := len(r.pending) >= flushAt
	r.arm()
	r.mu.Unlock()
	if full {
		return r.flush(ctx)
	}
	return nil
}

// commit changes records and returns when they, and all that is pending, are durable.
func (r *ring) commit(ctx context.Context, records ...Record) error {
	if err := r.set(ctx, records...); err != nil || txnOf(ctx) != nil {
		return err
	}
	return r.flush(ctx)
}

// arm makes sure that what is pending becomes durable soon. r.mu is held.
func (r *ring) arm() {
	if r.timer == nil {
		r.timer = time.AfterFunc(flushAfter, r.flushSoon)
		return
	}
	r.timer.Reset(flushAfter)
}

// flushSoon is the timer's. It waits while a message is being handled: written now, its plaintext would have to be, too.
func (r *ring) flushSoon() {
	r.mu.Lock()
	idle := r.dead != nil || len(r.pending) == 0
	busy := false
	for _, f := range r.flights {
		busy = busy || (!f.durable && r.now().Sub(f.since) < flightGrace)
	}
	if busy && !idle && len(r.pending) < flushAt {
		r.timer.Reset(flushAfter / 4)
		idle = true
	}
	r.mu.Unlock()
	if !idle {
		_ = r.flush(context.Background()) // a failure has closed the connection
	}
}

// flush makes everything pending durable in one transaction, with the plaintexts of messages that are not handled yet.
func (r *ring) flush(ctx context.Context) error {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	batch, taken, err := r.take()
	if err != nil || len(taken) == 0 {
		return err
	}
	if err := r.store.Write(ctx, r.number, batch); err != nil {
		return r.fail(ctx, fmt.Errorf("write: %w", err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, p := range taken {
		if r.dead == nil && r.pending[k] == p {
			delete(r.pending, k)
			r.cache.put(r.generation, k, p.value)
		}
	}
	return r.dead
}

// take makes a batch of what is pending.
func (r *ring) take() (Batch, map[Key]*pending, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return Batch{}, nil, r.dead
	}
	if len(r.pending) > 0 {
		for h, f := range r.flights {
			if !f.durable {
				f.durable = true
				r.pending[h.key()] = &pending{f.encode()}
			}
		}
	}
	var b Batch
	taken := make(map[Key]*pending, len(r.pending))
	for k, p := range r.pending {
		taken[k] = p
		switch {
		case k.Kind == kindLID:
			b.LIDs = append(b.LIDs, LIDPair{Phone: k.Name, LID: string(p.value)})
		case k.Kind == kindPhone || k.Kind == kindMigrated:
		case p.value == nil:
			b.Delete = append(b.Delete, k)
		default:
			b.Put = append(b.Put, Record{k, p.value})
		}
	}
	return b, taken, nil
}

// close makes the rest durable, as far as that goes, and ends the ring.
func (r *ring) close(ctx context.Context) {
	_ = r.flush(ctx) // what is lost here is as after a crash: it comes again
	r.kill(errClosed)
}
