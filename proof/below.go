package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// below troubles what is beneath the program: its statements, its device store, its disk and its PostgreSQL.
func below(ctx context.Context, r *run) error {
	troubles := []func(context.Context, *run) error{failingStatements, failingDevices}
	if r.engine == sqlite {
		troubles = append(troubles, fullDisk, readOnlyFile)
	} else {
		troubles = append(troubles, postgresGone, postgresSlow, postgresReset, postgresReadOnly)
	}
	for _, trouble := range troubles {
		if err := trouble(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// recoversWithin is how long it may take until all is as before, when the trouble has ended. Numbers that could not connect for a
// while wait longer and longer between their tries.
const recoversWithin = 2 * time.Minute

// endure lets messages go both ways, calls trouble meanwhile, and requires afterwards that the program came back by itself,
// that nothing is lost, doubled or out of order, and that the database is whole. trouble returns when it is over. At the end
// the program starts again and talks on, so that what it only remembered is missed.
func (r *run) endure(ctx context.Context, row *row, p plan, trouble func(context.Context, *world) error) error {
	begun := len(r.closers)
	defer func() { r.closeFrom(begun) }()
	w, err := r.open(ctx, p)
	if err != nil {
		return err
	}
	r.say("%s", row.name)
	stop := w.talk(ctx)
	if !pause(ctx, 2*time.Second) {
		return ctx.Err()
	}
	if err := trouble(ctx, w); err != nil {
		return fmt.Errorf("%s: %w", row.name, err)
	}
	healed := time.Now()
	back, cancel := context.WithTimeout(ctx, recoversWithin)
	defer cancel()
	if err := w.full(back); err != nil {
		row.keep(false, "it does not come back by itself in %s: %v", recoversWithin, err)
	} else {
		row.measure("back %.1f s after the trouble", time.Since(healed).Seconds())
	}
	w.program.Kill()
	if _, err := w.program.Launch(back); err != nil {
		return fmt.Errorf("%s: start again: %w", row.name, err)
	}
	pause(ctx, 3*time.Second)
	if err := stop(); err != nil {
		row.keep(false, "%v", err)
	}
	if err := w.settle(ctx, row, time.Minute); err != nil {
		return err
	}
	w.answers.judge(row)
	return w.intact(ctx, row)
}

// refuses waits until the API says 503, and readiness with it.
func (w *world) refuses(ctx context.Context, method, path string, in any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var last int
	err := drive.Every(ctx, 100*time.Millisecond, func() (bool, error) {
		last = status(w.key.Do(ctx, method, path, in, nil))
		return last == http.StatusServiceUnavailable, nil
	})
	if err != nil {
		return fmt.Errorf("%s %s does not answer 503 but %d", method, path, last)
	}
	probe := drive.NewClient(w.url)
	defer probe.Close()
	err = drive.Every(ctx, 100*time.Millisecond, func() (bool, error) {
		last = status(probe.Do(ctx, http.MethodGet, "/readyz", nil, nil))
		return last == http.StatusServiceUnavailable, nil
	})
	if err != nil {
		return fmt.Errorf("readiness does not answer 503 but %d", last)
	}
	return nil
}
