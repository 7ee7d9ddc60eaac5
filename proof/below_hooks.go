package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// breaker lets every n-th call fail, once: the next call is another one.
type breaker struct {
	every  atomic.Int64 // 0: none
	calls  atomic.Int64
	errors []error

	mu     sync.Mutex
	failed map[string]int // by what was called
}

func (b *breaker) trouble(what string) error {
	n, every := b.calls.Add(1), b.every.Load()
	if every == 0 || n%every != 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = map[string]int{}
	}
	b.failed[what]++
	return b.errors[int(n/every)%len(b.errors)]
}

func (b *breaker) report(row *row, calls string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := 0
	for _, n := range b.failed {
		total += n
	}
	row.measure("%d failures of %d different %s", total, len(b.failed), calls)
	row.keep(total > 0, "nothing failed")
}

// statement is a hook of the store.
func (b *breaker) statement(_ int64, query string) error { return b.trouble(query) }

// failingStatements lets every n-th statement fail.
func failingStatements(ctx context.Context, r *run) error {
	row := r.row("every 97th and then every 499th statement fails", "0 lost, 0 duplicate, 0 out of order, no corruption, no answer but 503")
	errs, err := r.databaseErrors()
	if err != nil {
		return err
	}
	b := &breaker{errors: errs}
	return r.endure(ctx, row, plan{numbers: 10, beat: 300 * time.Millisecond, disturb: &app.Disturbance{Statement: b.statement}}, b.disturb(r, row, "statements", 97, 499))
}

// failingDevices lets every n-th call of WhatsApp's device store fail. Each costs a connection.
func failingDevices(ctx context.Context, r *run) error {
	row := r.row("every 7th and then every 29th call of the device store fails", "0 lost, 0 duplicate, 0 out of order, no answer but 503")
	b := &breaker{errors: []error{errors.New("planned trouble")}}
	before := func(s web.DeviceStore) web.DeviceStore { return failingStore{s, b} }
	return r.endure(ctx, row, plan{numbers: 10, beat: 300 * time.Millisecond, disturb: &app.Disturbance{Devices: before}}, b.disturb(r, row, "calls", 7, 29))
}

// disturb is a trouble: failures at each of the intervals for a while. In its midst the program starts again, so that what
// was not written is missed.
func (b *breaker) disturb(r *run, row *row, calls string, intervals ...int64) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		for _, every := range intervals {
			for range 4 {
				b.every.Store(every)
				if !pause(ctx, pick(r, 2*time.Second, 45*time.Second)) {
					return ctx.Err()
				}
				w.program.Kill()
				b.every.Store(0)
				if _, err := w.program.Launch(ctx); err != nil {
					return err
				}
			}
		}
		b.report(row, calls)
		return nil
	}
}

// databaseErrors are errors as the engine's driver makes them when a statement fails for now.
func (r *run) databaseErrors() ([]error, error) {
	if r.engine == postgres {
		return []error{
			&pgconn.PgError{Severity: "ERROR", Code: "53100", Message: "could not extend file: No space left on device"},
			&pgconn.PgError{Severity: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"},
			&pgconn.PgError{Severity: "ERROR", Code: "40001", Message: "could not serialize access"},
		}, nil
	}
	var errs []error
	for _, pragma := range []string{"max_page_count(1)", "query_only(1)"} {
		err := refusedBySQLite(pragma)
		if err == nil {
			return nil, fmt.Errorf("SQLite takes a table under %s", pragma)
		}
		errs = append(errs, err)
	}
	return errs, nil
}

// refusedBySQLite is what SQLite says to a new table under a pragma that does not let it be made.
func refusedBySQLite(pragma string) error {
	db, err := sql.Open("sqlite", "file::memory:?_pragma="+pragma)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.Exec("CREATE TABLE t (a)")
	return err
}

// failingStore is a device store whose calls fail now and then.
type failingStore struct {
	web.DeviceStore
	b *breaker
}

// Read implements web.DeviceStore.
func (f failingStore) Read(ctx context.Context, n wa.NumberRef, k web.Kind, names ...string) (map[string][]byte, error) {
	if err := f.b.trouble("read " + string(k)); err != nil {
		return nil, err
	}
	return f.DeviceStore.Read(ctx, n, k, names...)
}

// Scan implements web.DeviceStore.
func (f failingStore) Scan(ctx context.Context, n wa.NumberRef, k web.Kind, prefix string) (map[string][]byte, error) {
	if err := f.b.trouble("scan " + string(k)); err != nil {
		return nil, err
	}
	return f.DeviceStore.Scan(ctx, n, k, prefix)
}

// Write implements web.DeviceStore.
func (f failingStore) Write(ctx context.Context, n wa.NumberRef, batch web.Batch) error {
	if err := f.b.trouble("write"); err != nil {
		return err
	}
	return f.DeviceStore.Write(ctx, n, batch)
}

// LIDs implements web.DeviceStore.
func (f failingStore) LIDs(ctx context.Context, ws string, phones ...string) (map[string]string, error) {
	if err := f.b.trouble("LIDs"); err != nil {
		return nil, err
	}
	return f.DeviceStore.LIDs(ctx, ws, phones...)
}

// Phones implements web.DeviceStore.
func (f failingStore) Phones(ctx context.Context, ws string, lids ...string) (map[string]string, error) {
	if err := f.b.trouble("phones"); err != nil {
		return nil, err
	}
	return f.DeviceStore.Phones(ctx, ws, lids...)
}
