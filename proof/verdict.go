package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// verdict is what became of the promises of all lanes.
type verdict map[drive.Crime]int

// judge waits for the rest to arrive, at most so long, and judges all lanes: by the ledger, and by the program's own listing.
func (w *world) judge(ctx context.Context, within time.Duration) (verdict, []drive.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	v, all := verdict{}, []drive.Finding{}
	for _, l := range w.lanes {
		found := l.Judge(ctx, w.net)
		// Once the time is over there is still a look at the listing, without waiting.
		look, done := context.WithTimeout(context.WithoutCancel(ctx), max(time.Until(deadline(ctx)), 2*time.Second))
		shown, err := l.Shown(look, w.key)
		done()
		if err != nil {
			return v, all, fmt.Errorf("what the program shows: %w", err)
		}
		all = append(append(all, found...), shown...)
	}
	for _, f := range all {
		v[f.Crime] += f.Count
	}
	return v, all, nil
}

func deadline(ctx context.Context) time.Time {
	t, _ := ctx.Deadline()
	return t
}

// settle judges all lanes into a row.
func (w *world) settle(ctx context.Context, row *row, within time.Duration) error {
	v, all, err := w.judge(ctx, within)
	if err != nil {
		return err
	}
	in, out := w.promised()
	row.measure("%d messages in and %d out: %d lost, %d duplicate, %d out of order", in, out,
		v[drive.Lost]+v[drive.Forgotten], v[drive.Doubled]+v[drive.ShownTwice], v[drive.Disordered]+v[drive.ShownDisordered])
	row.keep(in > 0 && out > 0, "nothing was said")
	for i, f := range all {
		if i == 3 {
			row.keep(false, "and %d more", len(all)-i)
			break
		}
		row.keep(false, "%s", f)
	}
	return w.log(row)
}

// intact stops the program and looks for corruption, where the database is a file.
func (w *world) intact(ctx context.Context, row *row) error {
	stop, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	if err := w.program.Stop(stop); err != nil {
		row.keep(false, "the program did not stop well: %v", err)
	}
	if w.r.engine != sqlite {
		return nil
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.program.Data(), "sapa.db")+"?mode=ro")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&said); err != nil {
		return err
	}
	row.measure("integrity_check %s", said)
	row.keep(said == "ok", "the database is damaged")
	return nil
}
