package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

const keyColumns = `workspace, id, name, prefix, scopes, created_by, created_at, last_used`

// CreateKey writes a key.
func (s Workspaces) CreateKey(ctx context.Context, k workspace.Key, hash string) error {
	return s.DB.Write(ctx, k.Workspace, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO api_keys (workspace, id, name, prefix, hash, scopes, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.Workspace, k.ID, k.Name, k.Prefix, hash, encoded(k.Scopes), k.CreatedBy, clock.Millis(k.CreatedAt))
		if err != nil {
			return fmt.Errorf("write an API key: %w", err)
		}
		return nil
	})
}

// Keys lists a workspace's keys, the newest first.
func (s Workspaces) Keys(ctx context.Context, ws string) (keys []workspace.Key, err error) {
	err = s.DB.Read(ctx, ws, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+keyColumns+` FROM api_keys WHERE workspace = $1 ORDER BY id DESC`, ws)
		keys, err = collect(rows, err, scanKey)
		return err
	})
	return keys, err
}

func scanKey(r row) (k workspace.Key, err error) {
	var scopes string
	var created, used int64
	if err := r.Scan(&k.Workspace, &k.ID, &k.Name, &k.Prefix, &scopes, &k.CreatedBy, &created, &used); err != nil {
		return k, fmt.Errorf("read an API key: %w", err)
	}
	k.CreatedAt, k.LastUsed = clock.FromMillis(created), clock.FromMillis(used)
	return k, decoded(scopes, &k.Scopes)
}

// TouchKey notes the last use.
func (s Workspaces) TouchKey(ctx context.Context, ws, key string, used time.Time) error {
	return s.DB.Write(ctx, ws, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `UPDATE api_keys SET last_used = $3 WHERE workspace = $1 AND id = $2`, ws, key, clock.Millis(used))
		return err
	})
}

// DeleteKey ends a key.
func (s Workspaces) DeleteKey(ctx context.Context, ws, key string) error {
	return s.DB.Write(ctx, ws, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM api_keys WHERE workspace = $1 AND id = $2`, ws, key)
		if err == nil && n == 0 {
			return fault.Errorf(fault.NotFound, "no API key %s", key)
		}
		return err
	})
}
