package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/workspace"
)

// Begin takes an attempt's place, or returns what already stands there.
func (s Workspaces) Begin(ctx context.Context, ws string, a workspace.Attempt, now time.Time) (found workspace.Standing, err error) {
	err = s.DB.Write(ctx, ws, func(tx *Tx) error {
		found = workspace.Standing{}
		_, err := tx.Exec(ctx, `DELETE FROM idempotency WHERE workspace = $1 AND id = $2 AND route = $3
			AND (expires_at <= $4 OR (status = 0 AND started_at <= $5))`,
			ws, a.ID, a.Route, clock.Millis(now), clock.Millis(now.Add(-workspace.AttemptStale)))
		if err != nil {
			return fmt.Errorf("clear an old attempt: %w", err)
		}
		n, err := tx.Exec(ctx, `INSERT INTO idempotency (workspace, id, route, request, started_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT DO NOTHING`, ws, a.ID, a.Route, a.Request, clock.Millis(now), clock.Millis(now.Add(workspace.AttemptLife)))
		if err != nil || n == 1 {
			return err
		}
		found, err = readAttempt(ctx, tx, ws, a)
		return err
	})
	return found, err
}

func readAttempt(ctx context.Context, tx *Tx, ws string, a workspace.Attempt) (workspace.Standing, error) {
	found := workspace.Standing{Taken: true}
	var sealed string
	err := tx.QueryRow(ctx, `SELECT request, status, media_type, body FROM idempotency WHERE workspace = $1 AND id = $2 AND route = $3`,
		ws, a.ID, a.Route).Scan(&found.Request, &found.Answer.Status, &found.Answer.MediaType, &sealed)
	if err != nil {
		return found, fmt.Errorf("read an attempt: %w", err)
	}
	if found.Answer.Status == 0 || sealed == "" {
		return found, nil
	}
	found.Answer.Body, err = tx.Open(attemptPlace(a), sealed)
	return found, err
}

// Finish keeps the answer of an attempt.
func (s Workspaces) Finish(ctx context.Context, ws string, a workspace.Attempt, answer workspace.Answer) error {
	return s.DB.Write(ctx, ws, func(tx *Tx) error {
		sealed, err := tx.Seal(attemptPlace(a), answer.Body)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE idempotency SET status = $4, media_type = $5, body = $6 WHERE workspace = $1 AND id = $2 AND route = $3`,
			ws, a.ID, a.Route, answer.Status, answer.MediaType, sealed)
		return err
	})
}

// Abandon frees the place of an attempt that changed nothing.
func (s Workspaces) Abandon(ctx context.Context, ws string, a workspace.Attempt) error {
	return s.DB.Write(ctx, ws, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM idempotency WHERE workspace = $1 AND id = $2 AND route = $3 AND status = 0`, ws, a.ID, a.Route)
		return err
	})
}

func attemptPlace(a workspace.Attempt) string { return "idempotency|body|" + a.ID + "|" + a.Route }
