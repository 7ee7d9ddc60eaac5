package store

import "context"

// stampLimit bounds how many events get their numbers at once.
const stampLimit = 1000

// stamp gives the oldest unnumbered events their seq and position and tells how many.
// It is PostgreSQL's, where nobody else stamps while its lock is held; on SQLite events have their numbers from the start (heads).
func stamp(ctx context.Context, tx *Tx) (int64, error) {
	var before int64
	if err := tx.QueryRow(ctx, `SELECT seq FROM event_heads WHERE workspace = ''`).Scan(&before); err != nil {
		return 0, err
	}
	n, err := tx.Exec(ctx, `
		UPDATE events SET seq = s.seq, position = s.position
		FROM (
			SELECT e.ordinal,
				COALESCE(h.seq, 0) + row_number() OVER (PARTITION BY e.workspace ORDER BY e.ordinal) AS seq,
				$1 + row_number() OVER (ORDER BY e.ordinal) AS position
			FROM (SELECT ordinal, workspace FROM events WHERE position IS NULL ORDER BY ordinal LIMIT 1000) e
			LEFT JOIN event_heads h ON h.workspace = e.workspace
		) s
		WHERE events.ordinal = s.ordinal`, before)
	if err != nil || n == 0 {
		return n, err
	}
	if _, err := tx.Exec(ctx, `UPDATE event_heads SET seq = $1 WHERE workspace = ''`, before+n); err != nil {
		return n, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO event_heads (workspace, seq)
		SELECT workspace, max(seq) FROM events WHERE position > $1 GROUP BY workspace
		ON CONFLICT (workspace) DO UPDATE SET seq = excluded.seq`, before)
	return n, err
}
