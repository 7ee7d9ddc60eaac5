package store

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/realtime"
)

// Realtime keeps the Pusher apps of workspaces. It implements realtime.Store.
type Realtime struct{ DB *DB }

var _ realtime.Store = Realtime{}

// App returns the workspace's app, or a fault NotFound.
func (r Realtime) App(ctx context.Context, workspace string) (app realtime.App, err error) {
	err = r.DB.Read(ctx, workspace, func(tx *Tx) error {
		app, err = realtimeApp(ctx, tx, workspace)
		return err
	})
	return app, err
}

// CreateApp stores a unless the workspace already has one, and returns the one it has.
func (r Realtime) CreateApp(ctx context.Context, a realtime.App) (app realtime.App, err error) {
	err = r.DB.Write(ctx, a.Workspace, func(tx *Tx) error {
		secret, master, err := sealApp(tx, a)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO realtime_apps (workspace, app_key, secret, master, rotated_at)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace) DO NOTHING`,
			a.Workspace, a.Key, secret, master, clock.Millis(a.RotatedAt))
		if err != nil {
			return fmt.Errorf("realtime app: %w", err)
		}
		app, err = realtimeApp(ctx, tx, a.Workspace)
		return err
	})
	return app, err
}

// RotateApp replaces secret, master and time.
func (r Realtime) RotateApp(ctx context.Context, a realtime.App) error {
	return r.DB.Write(ctx, a.Workspace, func(tx *Tx) error {
		secret, master, err := sealApp(tx, a)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE realtime_apps SET secret = $2, master = $3, rotated_at = $4 WHERE workspace = $1`,
			a.Workspace, secret, master, clock.Millis(a.RotatedAt))
		if err != nil {
			return fmt.Errorf("realtime app: %w", err)
		}
		if n == 0 {
			return noRealtimeApp()
		}
		return nil
	})
}

// ConversationExists implements realtime.Store.
func (r Realtime) ConversationExists(ctx context.Context, workspace, conversation string) (bool, error) {
	return r.exists(ctx, workspace, `SELECT COUNT(*) FROM conversations WHERE workspace = $1 AND id = $2`, conversation)
}

// NumberExists implements realtime.Store.
func (r Realtime) NumberExists(ctx context.Context, workspace, number string) (bool, error) {
	return r.exists(ctx, workspace, `SELECT COUNT(*) FROM numbers WHERE workspace = $1 AND id = $2 AND deleted_at = 0`, number)
}

func (r Realtime) exists(ctx context.Context, workspace, query, id string) (bool, error) {
	n := 0
	err := r.DB.Read(ctx, workspace, func(tx *Tx) error {
		return tx.QueryRow(ctx, query, workspace, id).Scan(&n)
	})
	return n > 0, err
}

func realtimeApp(ctx context.Context, tx *Tx, workspace string) (realtime.App, error) {
	var secret, master string
	var rotated int64
	a := realtime.App{Workspace: workspace}
	err := tx.QueryRow(ctx, `SELECT app_key, secret, master, rotated_at FROM realtime_apps WHERE workspace = $1`, workspace).
		Scan(&a.Key, &secret, &master, &rotated)
	if IsMissing(err) {
		return a, noRealtimeApp()
	}
	if err != nil {
		return a, fmt.Errorf("realtime app: %w", err)
	}
	a.RotatedAt = clock.FromMillis(rotated)
	return a, openApp(tx, &a, secret, master)
}

func noRealtimeApp() error {
	return fault.Errorf(fault.NotFound, "this workspace has no realtime credentials")
}

func sealApp(tx *Tx, a realtime.App) (secret, master string, err error) {
	if secret, err = tx.Seal(appAAD("secret", a.Workspace), []byte(a.Secret)); err != nil {
		return "", "", fmt.Errorf("realtime app: %w", err)
	}
	if master, err = tx.Seal(appAAD("master", a.Workspace), a.Master[:]); err != nil {
		return "", "", fmt.Errorf("realtime app: %w", err)
	}
	return secret, master, nil
}

func openApp(tx *Tx, a *realtime.App, secret, master string) error {
	plain, err := tx.Open(appAAD("secret", a.Workspace), secret)
	if err != nil {
		return fmt.Errorf("realtime app: %w", err)
	}
	key, err := tx.Open(appAAD("master", a.Workspace), master)
	if err != nil {
		return fmt.Errorf("realtime app: %w", err)
	}
	a.Secret = string(plain)
	copy(a.Master[:], key)
	return nil
}

func appAAD(column, workspace string) string { return AAD("realtime_apps", column, workspace) }
