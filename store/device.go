package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// Devices keeps the keys of linked devices. Every value is sealed for its own row; every write is fenced by the number's lane.
type Devices struct{ DB *DB }

var _ web.DeviceStore = Devices{}

// recordsPerStatement bounds a statement's parameters; SQLite takes 32,766 of them, PostgreSQL 65,535.
const recordsPerStatement = 500

func recordPlace(number string, k web.Key) string {
	return AAD("device_records", "value", number+"|"+string(k.Kind)+"|"+k.Name)
}

// Read implements [web.DeviceStore].
func (s Devices) Read(ctx context.Context, n wa.NumberRef, kind web.Kind, names ...string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(names))
	err := s.DB.Read(ctx, n.Workspace, func(tx *Tx) error {
		for part := range slices.Chunk(names, recordsPerStatement) {
			args := []any{n.Workspace, n.ID, string(kind)}
			if err := s.collect(ctx, tx, n.ID, kind, found, `name IN (`+list(len(args)+1, len(part))+`)`, append(args, texts(part)...)); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// Scan implements [web.DeviceStore].
func (s Devices) Scan(ctx context.Context, n wa.NumberRef, kind web.Kind, prefix string) (map[string][]byte, error) {
	found := map[string][]byte{}
	err := s.DB.Read(ctx, n.Workspace, func(tx *Tx) error {
		return s.collect(ctx, tx, n.ID, kind, found, `substr(name, 1, $4) = $5`, []any{n.Workspace, n.ID, string(kind), len(prefix), prefix})
	})
	return found, err
}

// collect reads and opens the records that match where.
func (s Devices) collect(ctx context.Context, tx *Tx, number string, kind web.Kind, into map[string][]byte, where string, args []any) error {
	sealed, err := readPairs(ctx, tx, `SELECT name, value FROM device_records WHERE workspace = $1 AND number = $2 AND kind = $3 AND `+where, args)
	if err != nil {
		return fmt.Errorf("read device records: %w", err)
	}
	for name, value := range sealed { // after the rows are closed: opening may read the data key
		plain, err := tx.Open(recordPlace(number, web.Key{Kind: kind, Name: name}), value)
		if err != nil {
			return err
		}
		into[name] = plain
	}
	return nil
}

// Write implements [web.DeviceStore]. The results that a send brings along ([send.Ride]) are in the same commit.
func (s Devices) Write(ctx context.Context, n wa.NumberRef, b web.Batch) error {
	ride := send.RideOf(ctx)
	err := s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		if len(b.Put) == 0 { // a write of records is its own fence
			if err := fence(ctx, tx, n); err != nil {
				return err
			}
		}
		if err := settleAll(ctx, tx, n, ride.Results()); err != nil {
			return err
		}
		for part := range slices.Chunk(b.Put, recordsPerStatement) {
			if err := putRecords(ctx, tx, n, part); err != nil {
				return err
			}
		}
		for _, k := range b.Delete {
			if _, err := tx.Later(ctx, `DELETE FROM device_records WHERE workspace = $1 AND number = $2 AND kind = $3 AND name = $4`,
				n.Workspace, n.ID, string(k.Kind), k.Name); err != nil {
				return fmt.Errorf("delete a device record: %w", err)
			}
		}
		return putLIDs(ctx, tx, n.Workspace, b.LIDs)
	})
	if err == nil {
		ride.Taken()
	}
	return err
}

// putRecords writes records and fences in one statement.
func putRecords(ctx context.Context, tx *Tx, n wa.NumberRef, records []web.Record) error {
	values := make([]string, len(records))
	args := []any{n.Workspace, n.ID, n.Epoch}
	for i, r := range records {
		sealed, err := tx.Seal(recordPlace(n.ID, r.Key), r.Value)
		if err != nil {
			return err
		}
		at := len(args)
		values[i] = fmt.Sprintf("($%d, $%d, $%d)", at+1, at+2, at+3)
		args = append(args, string(r.Kind), r.Name, sealed)
	}
	held := `SELECT 1 FROM lanes WHERE workspace = $1 AND number = $2 AND epoch = $3` + tx.db.engine.forShare()
	if n.Epoch == 0 {
		held = `SELECT 1 WHERE $3 = 0`
	}
	written, err := tx.Exec(ctx, `WITH held (one) AS (`+held+`), record (kind, name, value) AS (VALUES `+strings.Join(values, ", ")+`)
		INSERT INTO device_records (workspace, number, kind, name, value) SELECT $1, $2, record.kind, record.name, record.value FROM held, record WHERE held.one = 1
		ON CONFLICT (workspace, number, kind, name) DO UPDATE SET value = excluded.value`, args...)
	switch {
	case err != nil:
		return fmt.Errorf("write device records: %w", err)
	case written == 0:
		return takenOver(n.ID)
	}
	return nil
}

// Forget implements [web.DeviceStore].
func (s Devices) Forget(ctx context.Context, n wa.NumberRef) error {
	return s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		if err := fence(ctx, tx, n); err != nil {
			return err
		}
		return forgetDevice(ctx, tx, n.Workspace, n.ID)
	})
}

func forgetDevice(ctx context.Context, tx *Tx, workspace, number string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM device_records WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
		return fmt.Errorf("forget a device: %w", err)
	}
	return nil
}

// fence refuses a write of a number that another node runs now. Epoch 0 is a person's act and not fenced.
func fence(ctx context.Context, tx *Tx, n wa.NumberRef) error {
	if n.Epoch == 0 {
		return nil
	}
	return tx.Fence(ctx, n.ID, n.Epoch)
}

// readPairs reads rows of two texts.
func readPairs(ctx context.Context, tx *Tx, query string, args []any) (map[string]string, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	pairs := map[string]string{}
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return nil, err
		}
		pairs[a] = b
	}
	return pairs, rows.Err()
}
