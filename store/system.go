package store

import (
	"context"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
)

// masters returns the canaries of the known master keys by key id.
func (db *DB) masters(ctx context.Context) (map[string]string, error) {
	known := make(map[string]string)
	err := db.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, canary FROM master_keys`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, sealed string
			if err := rows.Scan(&id, &sealed); err != nil {
				return err
			}
			known[id] = sealed
		}
		return rows.Err()
	})
	return known, err
}

func (db *DB) addMaster(ctx context.Context, master *seal.Key) error {
	return db.WriteSystem(ctx, func(tx *Tx) error { return insertMaster(ctx, tx, master) })
}

func insertMaster(ctx context.Context, tx *Tx, master *seal.Key) error {
	_, err := tx.Exec(ctx, `INSERT INTO master_keys (id, canary, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
		master.ID, master.Seal(canaryPlace(master.ID), []byte(canary)), tx.Now())
	return err
}

func (db *DB) dropMaster(ctx context.Context, old *seal.Key) error {
	return db.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM master_keys WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM data_keys WHERE master = $1)`, old.ID)
		return err
	})
}

// forgetKeys drops all data keys: what they sealed cannot be opened any more.
func (db *DB) forgetKeys(ctx context.Context, master *seal.Key) error {
	return db.WriteSystem(ctx, func(tx *Tx) error {
		for _, statement := range []string{`DELETE FROM data_keys`, `DELETE FROM master_keys`} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return insertMaster(ctx, tx, master)
	})
}

// nobodyServes refuses while a node's lease is alive; on SQLite the folder's lock has already said so.
func (db *DB) nobodyServes(ctx context.Context) error {
	if db.engine.name() == "sqlite" {
		return nil
	}
	return db.ReadSystem(ctx, func(tx *Tx) error {
		var alive int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM nodes WHERE expires_at > `+db.engine.now()).Scan(&alive)
		if err == nil && alive > 0 {
			return fault.Errorf(fault.Conflict, "%d nodes use this database; stop them first", alive).Because("nodes_running")
		}
		return err
	})
}

// wrapBatch is how many data keys one unit wraps anew.
const wrapBatch = 50

// wrapSome wraps a few data keys anew and tells how many; 0 when none of the old are left.
func (db *DB) wrapSome(ctx context.Context, old, next *seal.Key) (n int, err error) {
	err = db.WriteSystem(ctx, func(tx *Tx) error {
		wrapped, err := oldKeys(ctx, tx, old)
		if err != nil {
			return err
		}
		for workspace, text := range wrapped {
			key, err := old.Unwrap(keyPlace(workspace), text)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE data_keys SET master = $2, wrapped = $3 WHERE workspace = $1`, workspace, next.ID, next.Wrap(keyPlace(workspace), key))
			if err != nil {
				return err
			}
		}
		n = len(wrapped)
		return nil
	})
	return n, err
}

func oldKeys(ctx context.Context, tx *Tx, old *seal.Key) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT workspace, wrapped FROM data_keys WHERE master = $1 ORDER BY workspace LIMIT $2`, old.ID, wrapBatch)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := make(map[string]string)
	for rows.Next() {
		var workspace, wrapped string
		if err := rows.Scan(&workspace, &wrapped); err != nil {
			return nil, err
		}
		out[workspace] = wrapped
	}
	return out, rows.Err()
}
