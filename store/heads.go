package store

import (
	"context"
	"database/sql"
	"fmt"
)

// heads gives events their numbers while they are written. Only the one writer of SQLite can: nobody else writes between
// its BEGIN and its COMMIT. What it knows holds from batch to batch, until another process has written to the file.
type heads struct {
	version int64            // of the file, as PRAGMA data_version counts changes by others
	last    map[string]int64 // the last seq of each workspace that was met; "" has the last position
	given   []string         // the workspace of each event of the batch, in order
}

// open begins a batch: b's transaction holds the file, so that nobody else changes it now.
func (h *heads) open(ctx context.Context, on *sql.Conn) error {
	h.given = h.given[:0]
	var version int64
	if err := on.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
		return err
	}
	if version != h.version || h.last == nil {
		h.version, h.last = version, map[string]int64{}
	}
	return nil
}

// next gives an event of the workspace its place in the workspace's log and in everyone's.
func (h *heads) next(ctx context.Context, tx *Tx, workspace string) (seq, position int64, err error) {
	for _, of := range []string{workspace, ""} {
		if _, met := h.last[of]; met {
			continue
		}
		var last int64
		err := tx.QueryRow(ctx, `SELECT seq FROM event_heads WHERE workspace = $1`, of).Scan(&last)
		if err != nil && !IsMissing(err) {
			return 0, 0, fmt.Errorf("the last event of %q: %w", of, err)
		}
		h.last[of] = last
	}
	h.last[workspace]++
	h.last[""]++
	h.given = append(h.given, workspace)
	return h.last[workspace], h.last[""], nil
}

// back takes numbers back that were given since mark (a length of given), because their unit is rolled back.
func (h *heads) back(mark int) {
	for _, workspace := range h.given[mark:] {
		h.last[workspace]--
		h.last[""]--
	}
	h.given = h.given[:mark]
}

// forget is for a batch that is rolled back whole.
func (h *heads) forget() { h.last, h.given = nil, h.given[:0] }

// save writes what the batch has changed.
func (h *heads) save(ctx context.Context, tx *Tx) error {
	if len(h.given) == 0 {
		return nil
	}
	saved := map[string]bool{}
	for _, workspace := range append(h.given, "") {
		if saved[workspace] {
			continue
		}
		saved[workspace] = true
		_, err := tx.Exec(ctx, `INSERT INTO event_heads (workspace, seq) VALUES ($1, $2) ON CONFLICT (workspace) DO UPDATE SET seq = excluded.seq`,
			workspace, h.last[workspace])
		if err != nil {
			return err
		}
	}
	return nil
}
