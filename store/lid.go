package store

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/wa/web"
)

// LIDs implements [web.DeviceStore].
func (s Devices) LIDs(ctx context.Context, workspace string, phones ...string) (map[string]string, error) {
	return s.pairs(ctx, workspace, `SELECT phone, lid FROM lids WHERE workspace = $1 AND phone IN `, phones)
}

// Phones implements [web.DeviceStore].
func (s Devices) Phones(ctx context.Context, workspace string, lids ...string) (map[string]string, error) {
	return s.pairs(ctx, workspace, `SELECT lid, phone FROM lids WHERE workspace = $1 AND lid IN `, lids)
}

func (s Devices) pairs(ctx context.Context, workspace, query string, names []string) (found map[string]string, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		found, err = readPairs(ctx, tx, query+`(`+list(2, len(names))+`)`, append([]any{workspace}, texts(names)...))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lids: %w", err)
	}
	return found, nil
}

// putLIDs keeps pairs. A LID that moved to another phone, or a phone to another LID, replaces what was known.
func putLIDs(ctx context.Context, tx *Tx, workspace string, pairs []web.LIDPair) error {
	for _, p := range pairs {
		if _, err := tx.Exec(ctx, `DELETE FROM lids WHERE workspace = $1 AND lid = $2 AND phone <> $3`, workspace, p.LID, p.Phone); err != nil {
			return fmt.Errorf("forget a lid: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO lids (workspace, phone, lid) VALUES ($1, $2, $3)
			ON CONFLICT (workspace, phone) DO UPDATE SET lid = excluded.lid`, workspace, p.Phone, p.LID); err != nil {
			return fmt.Errorf("write a lid: %w", err)
		}
	}
	return nil
}
