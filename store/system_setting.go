package store

import (
	"context"

	"github.com/sapa-chat/sapa/event"
)

// setting reads one of the installation's settings; "" when there is none.
func (db *DB) setting(ctx context.Context, name string) (value string, err error) {
	err = db.ReadSystem(ctx, func(tx *Tx) error {
		err := tx.QueryRow(ctx, `SELECT value FROM settings WHERE name = $1`, name).Scan(&value)
		if IsMissing(err) {
			return nil
		}
		return err
	})
	return value, err
}

func (db *DB) setSetting(ctx context.Context, name, value string) error {
	return db.WriteSystem(ctx, func(tx *Tx) error { return writeSetting(ctx, tx, name, value) })
}

func writeSetting(ctx context.Context, tx *Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// SetSetting writes one of the installation's.
func (s Workspaces) SetSetting(ctx context.Context, name, value string) error {
	return s.DB.setSetting(ctx, name, value)
}

// Alert implements number.Store. An open alert is a setting of the installation; most calls find it as it should be and only read.
func (s Numbers) Alert(ctx context.Context, name string, open bool, d event.Draft) error {
	setting := "alert." + name
	value, err := s.DB.setting(ctx, setting)
	if err != nil || (value != "") == open {
		return err
	}
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		change := `DELETE FROM settings WHERE name = $1`
		args := []any{setting}
		if open {
			change, args = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, append(args, "open")
		}
		changed, err := tx.Exec(ctx, change, args...)
		if err != nil || changed == 0 { // another node was quicker
			return err
		}
		return tx.AppendTo(ctx, event.Installation, d)
	})
}
