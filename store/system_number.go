package store

import (
	"context"
	"slices"

	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
)

// Waiting implements number.Store: what a node that starts, or looks again, should run or finish deleting. Nearly always
// that is nothing: only ids are read then.
func (s Numbers) Waiting(ctx context.Context, node string, known func(id string) bool) (all []number.Number, err error) {
	wanted := ` FROM numbers n
		WHERE n.deleted_at = 0
		AND (n.state IN ('deleting', 'pairing') OR (n.enabled = 1 AND (n.state IN ('connecting', 'connected', 'degraded') OR (n.state = 'paused' AND n.until > 0))))
		AND NOT EXISTS (SELECT 1 FROM lanes l JOIN nodes o ON o.node = l.node AND o.epoch = l.epoch
			WHERE l.workspace = n.workspace AND l.number = n.id AND o.node <> $1 AND o.expires_at > ` + s.DB.engine.now() + `)`
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT n.id`+wanted, node)
		ids, err := collect(rows, err, func(r row) (id string, err error) { return id, r.Scan(&id) })
		if ids = slices.DeleteFunc(ids, known); err != nil || len(ids) == 0 {
			return err
		}
		all, err = readNumbers(ctx, tx, `SELECT `+numberColumns+wanted+` ORDER BY n.is_primary DESC, n.last_activity DESC, n.id`, node)
		all = slices.DeleteFunc(all, func(n number.Number) bool { return known(n.ID) })
		return err
	})
	return all, err
}

// Holder implements number.Store.
func (s Numbers) Holder(ctx context.Context, phone wa.Phone) (n number.Number, ok bool, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		found, err := readNumbers(ctx, tx, `SELECT `+numberColumns+` FROM numbers n WHERE n.linked_phone = $1 AND n.deleted_at = 0`, string(phone))
		if err == nil && len(found) > 0 {
			n, ok = found[0], true
		}
		return err
	})
	return n, ok, err
}
