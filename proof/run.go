package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// errSkipped is the end of a proof for which something is missing on this machine.
var errSkipped = errors.New("not possible on this machine")

// run is one proof under way on one engine.
type run struct {
	name, engine string
	quick        bool
	binary       string
	profiles     string // a folder for them, or empty
	dir          string
	begun        time.Time
	rows         []*row
	closers      []func()
}

// row is one promise and what became of it.
type row struct {
	name     string
	promise  string
	measured []string
	broken   []string
	printed  bool
}

// print tells the rows that are finished: those before the next.
func (r *run) print() {
	for _, row := range r.rows {
		row.print()
	}
}

// row begins a promise. what says which of several it is; it may be empty.
func (r *run) row(what, promise string) *row {
	name := []string{r.name}
	if what != "" {
		name = append(name, what)
	}
	name = append(name, r.database())
	if r.quick {
		name = append(name, "quick")
	}
	r.print()
	made := &row{name: strings.Join(name, ", "), promise: promise}
	r.rows = append(r.rows, made)
	return made
}

// database is the engine's name for people.
func (r *run) database() string {
	if r.engine == postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// say tells what happens, with the time since the start.
func (r *run) say(format string, args ...any) {
	fmt.Printf("%7s %s %s: %s\n", time.Since(r.begun).Round(time.Second), r.name, r.database(), fmt.Sprintf(format, args...))
}

// pick is quick's value in the quick variant, and long's else.
func pick[T any](r *run, quick, long T) T {
	if r.quick {
		return quick
	}
	return long
}

// after runs f at the end of the proof, the last first.
func (r *run) after(f func()) { r.closers = append(r.closers, f) }

func (r *run) close() { r.closeFrom(0) }

// closeFrom ends what was begun after there were so many things to end.
func (r *run) closeFrom(n int) {
	for _, f := range slices.Backward(r.closers[n:]) {
		f()
	}
	r.closers = r.closers[:n]
}

// measure adds a figure.
func (w *row) measure(format string, args ...any) {
	w.measured = append(w.measured, fmt.Sprintf(format, args...))
}

// keep notes a broken promise unless ok.
func (w *row) keep(ok bool, format string, args ...any) {
	if !ok {
		w.broken = append(w.broken, fmt.Sprintf(format, args...))
	}
}

func (w *row) print() {
	if w.printed {
		return
	}
	w.printed = true
	verdict := "kept"
	if len(w.broken) > 0 {
		verdict = "BROKEN: " + strings.Join(w.broken, "; ")
	}
	fmt.Printf("\n  %s\n  promised: %s\n  measured: %s\n  %s\n\n", w.name, w.promise, strings.Join(w.measured, ", "), verdict)
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
