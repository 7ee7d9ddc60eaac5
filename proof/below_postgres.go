package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sapa-chat/sapa/e2e/drive"
)

func wired() plan { return plan{numbers: 10, beat: 300 * time.Millisecond, wired: true} }

// postgresGone takes the server away for longer than the leases.
func postgresGone(ctx context.Context, r *run) error {
	row := r.row("PostgreSQL gone for 30 s", "the API answers 503, recovers by itself, 0 lost")
	return r.endure(ctx, row, wired(), func(ctx context.Context, w *world) error {
		w.database.Cut()
		defer w.database.Heal()
		if err := w.refuses(ctx, http.MethodGet, "/v1/conversations", nil); err != nil {
			return err
		}
		pause(ctx, 30*time.Second)
		return ctx.Err()
	})
}

// postgresSlow puts the server far away.
func postgresSlow(ctx context.Context, r *run) error {
	row := r.row("PostgreSQL slow, 20 ms more each way", "0 lost, 0 duplicate, 0 out of order, no answer but 503")
	return r.endure(ctx, row, wired(), func(ctx context.Context, w *world) error {
		w.database.Set(drive.Trouble{Latency: 20 * time.Millisecond})
		defer w.database.Heal()
		pause(ctx, pick(r, 15*time.Second, 5*time.Minute))
		return ctx.Err()
	})
}

// postgresReset breaks every connection again and again.
func postgresReset(ctx context.Context, r *run) error {
	row := r.row("connections to PostgreSQL reset every 2 s", "0 lost, 0 duplicate, 0 out of order, no answer but 503")
	return r.endure(ctx, row, wired(), func(ctx context.Context, w *world) error {
		for range pick(r, 7, 150) {
			w.database.Reset()
			if !pause(ctx, 2*time.Second) {
				return ctx.Err()
			}
		}
		return nil
	})
}

// postgresReadOnly makes the database one that takes no writes, as a standby does.
func postgresReadOnly(ctx context.Context, r *run) error {
	row := r.row("read-only", "the API answers 503 to what writes, recovers by itself, 0 lost")
	return r.endure(ctx, row, wired(), func(ctx context.Context, w *world) error {
		if err := w.readOnly(ctx, "on"); err != nil {
			return err
		}
		err := w.refuses(ctx, http.MethodPost, "/v1/messages", w.someMessage())
		if err == nil {
			pause(ctx, pick(r, 8*time.Second, time.Minute))
		}
		if err := w.readOnly(ctx, "off"); err != nil {
			return err
		}
		return err
	})
}

// readOnly changes what the sessions of the database may do, and ends those that are open, since they keep what they had.
func (w *world) readOnly(ctx context.Context, word string) error {
	u, err := url.Parse(w.databaseURL)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, fmt.Sprintf("ALTER DATABASE %s SET default_transaction_read_only = %s", name, word)); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	return err
}
