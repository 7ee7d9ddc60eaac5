package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// Workspaces implements workspace.Store. What concerns people is in system_people.go, because a person is
// of the whole installation: password hashes are out of reach of a workspace's units.
type Workspaces struct{ DB *DB }

var _ workspace.Store = Workspaces{}

const workspaceColumns = `w.workspace, w.name, w.country, w.timezone, w.origins, w.broadcast_qr, w.created_at, p.max_numbers`

// Workspace reads one.
func (s Workspaces) Workspace(ctx context.Context, ws string) (w workspace.Workspace, err error) {
	err = s.DB.Read(ctx, ws, func(tx *Tx) error {
		w, err = readWorkspace(ctx, tx, ws)
		return err
	})
	return w, err
}

// UpdateWorkspace reads, changes and writes one.
func (s Workspaces) UpdateWorkspace(ctx context.Context, ws string, change func(*workspace.Workspace) error) (w workspace.Workspace, err error) {
	err = s.DB.Write(ctx, ws, func(tx *Tx) error {
		if w, err = readWorkspace(ctx, tx, ws); err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE workspaces SET name = $2, country = $3, timezone = $4, origins = $5, broadcast_qr = $6 WHERE workspace = $1`,
			ws, w.Name, w.Country, w.Timezone, encoded(w.Origins), w.BroadcastQR)
		if err != nil {
			return fmt.Errorf("update a workspace: %w", err)
		}
		return writeOrigins(ctx, tx, w)
	})
	return w, err
}

func writeOrigins(ctx context.Context, tx *Tx, w workspace.Workspace) error {
	if _, err := tx.Exec(ctx, `DELETE FROM origins WHERE workspace = $1`, w.ID); err != nil {
		return fmt.Errorf("clear origins: %w", err)
	}
	for _, origin := range w.Origins {
		if _, err := tx.Exec(ctx, `INSERT INTO origins (workspace, origin) VALUES ($1, $2)`, w.ID, origin); err != nil {
			return fmt.Errorf("write an origin: %w", err)
		}
	}
	return nil
}

func readWorkspace(ctx context.Context, tx *Tx, ws string) (workspace.Workspace, error) {
	w, err := scanWorkspace(tx.QueryRow(ctx, `SELECT `+workspaceColumns+`
		FROM workspaces w JOIN plans p ON p.workspace = w.workspace WHERE w.workspace = $1`, ws))
	if IsMissing(err) {
		return w, fault.Errorf(fault.NotFound, "no workspace %s", ws)
	}
	return w, err
}

// row is what *sql.Row and *sql.Rows have in common.
type row interface{ Scan(into ...any) error }

func scanWorkspace(r row) (w workspace.Workspace, err error) {
	var origins string
	var created int64
	if err := r.Scan(&w.ID, &w.Name, &w.Country, &w.Timezone, &origins, &w.BroadcastQR, &created, &w.MaxNumbers); err != nil {
		return w, fmt.Errorf("read a workspace: %w", err)
	}
	w.CreatedAt = clock.FromMillis(created)
	return w, decoded(origins, &w.Origins)
}

func insertWorkspace(ctx context.Context, tx *Tx, w workspace.Workspace, owner string) error {
	_, err := tx.Exec(ctx, `INSERT INTO workspaces (workspace, name, country, timezone, origins, broadcast_qr, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		w.ID, w.Name, w.Country, w.Timezone, encoded(w.Origins), w.BroadcastQR, clock.Millis(w.CreatedAt))
	if err != nil {
		return fmt.Errorf("write a workspace: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO plans (workspace, max_numbers) VALUES ($1, $2)`, w.ID, w.MaxNumbers); err != nil {
		return fmt.Errorf("write a plan: %w", err)
	}
	return insertMember(ctx, tx, w.ID, owner, workspace.Owner)
}

// Setting reads one of the installation's.
func (s Workspaces) Setting(ctx context.Context, name string) (string, error) {
	return s.DB.setting(ctx, name)
}

// encoded and decoded keep small lists as JSON text.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // lists of strings always encode
	}
	return string(b)
}

func decoded(text string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read a stored list: %w", err)
	}
	return nil
}

// collect scans all rows and closes them.
func collect[T any](rows Rows, err error, scan func(row) (T, error)) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
