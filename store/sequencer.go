package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// stampLimit bounds how many events get their numbers at once.
	stampLimit = 1000
	// stampWhole is how often all unstamped events are looked for, and not only those that can be new.
	stampWhole = time.Minute
	// growth is how many times as many events there are when the tables are analyzed again, and firstAnalysis how many the first time.
	growth        = 4
	firstAnalysis = 64
)

// sequencer gives events their seq and position after their commit, one node at a time. It is PostgreSQL's; on SQLite
// events have their numbers from the start (heads).
type sequencer struct {
	e     *postgres
	on    *pgxpool.Conn // nil until the first use, and after trouble
	since string        // every transaction before this one is over, and its events are stamped
	whole time.Time     // when since was last put aside

	newest  int64 // the last position that was given
	analyze int64 // at this position the tables are to be analyzed again
	work    sync.WaitGroup
}

// sequence stamps events until ctx ends: after commits of this node, and now and then
// what a node left behind that died between commit and stamp.
func (e *postgres) sequence(ctx context.Context) {
	s := &sequencer{e: e}
	defer s.work.Wait()
	defer s.leave()
	for ctx.Err() == nil {
		next := e.db.appended.next()
		n, err := s.stamp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.db.cfg.Log.Error("events cannot be stamped", "error", err)
			s.leave()
			wait(ctx, time.Second)
			continue
		case n > 0:
			e.db.stamped.fire()
			s.grown(ctx)
		}
		if n < stampLimit {
			waitFor(ctx, next, time.Second)
		}
	}
}

// enter takes a connection and keeps it. It is told to plan for few rows in a table of any size: while a table is small, or
// has never been looked at by autovacuum, reading all of it seems cheaper, and that plan would be kept.
func (s *sequencer) enter(ctx context.Context) (err error) {
	if s.on != nil {
		return nil
	}
	if s.on, err = s.e.system.conns.Acquire(ctx); err != nil {
		return err
	}
	_, err = s.on.Exec(ctx, "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off", pgx.QueryExecModeSimpleProtocol)
	return err
}

// leave closes the connection. Nothing that was known of the server holds on the next one: it may be another server.
func (s *sequencer) leave() {
	if s.on != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.on.Hijack().Close(ctx)
	}
	s.on, s.since, s.whole = nil, "", time.Time{}
}

// stamp gives the oldest unnumbered events their numbers and tells how many. It holds a lock until its commit is visible,
// so that one node at a time gives numbers.
func (s *sequencer) stamp(ctx context.Context) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, unitTimeout)
	defer cancel()
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	if time.Since(s.whole) > stampWhole {
		s.since, s.whole = "0", time.Now()
	}
	tx := &Tx{db: s.e.db, system: true, ctx: ctx}
	on := &pgConn{c: s.on.Conn(), stats: &s.e.db.stats, note: tx.after}
	tx.on = on
	on.begin()
	defer on.rollback(ctx)
	on.wait(waiting{query: "SELECT pg_advisory_xact_lock($1)", args: []any{lockStamp}})
	found, err := unstamped(ctx, tx, s.since)
	if err != nil {
		return 0, err
	}
	if len(found.ordinals) == 0 {
		s.since = found.running
		return 0, nil
	}
	if err := found.number(ctx, tx); err != nil {
		return 0, err
	}
	if hook := s.e.db.cfg.Hooks.BeforeCommit; hook != nil {
		if err := hook(); err != nil {
			return 0, err
		}
	}
	if err := on.commit(ctx); err != nil {
		return 0, err
	}
	s.e.db.stats.commits.Add(1)
	s.newest = found.positions[len(found.positions)-1]
	if len(found.ordinals) < stampLimit {
		s.since = found.running
	}
	return len(found.ordinals), nil
}

// grown analyzes the tables, beside what else is going on, after the first event since the start and then whenever there
// are several times as many.
func (s *sequencer) grown(ctx context.Context) {
	if s.newest < max(firstAnalysis, s.analyze) {
		return
	}
	s.analyze = s.newest * growth
	s.work.Go(func() {
		if err := s.e.analyze(ctx); err != nil && ctx.Err() == nil {
			s.e.db.cfg.Log.Warn("tables cannot be analyzed", "error", err)
		}
	})
}

// analyze makes PostgreSQL plan all statements anew, in all connections of all nodes. It plans a statement once and
// then keeps the plan until it hears that the tables have changed.
func (e *postgres) analyze(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, unitTimeout)
	defer cancel()
	_, err := e.system.conns.Exec(ctx, "SELECT sapa_analyze()")
	return err
}

// found is unstamped events in the order of their insertion, and what was given last to their workspaces and to all.
type found struct {
	ordinals, seqs, positions []int64
	workspaces                []string
	running                   string // the oldest transaction that was not over when they were looked for
}

// unstamped reads the events that have no numbers, of transactions from since on. Their number is what the query costs, and
// not how many events there are: the partial index holds only them and what was stamped since the last vacuum, and that is
// skipped by since. They are gathered before they are ordered, or PostgreSQL might walk all events in their order.
func unstamped(ctx context.Context, tx *Tx, since string) (*found, error) {
	rows, err := tx.Query(ctx, `
		WITH u AS MATERIALIZED (SELECT ordinal, workspace FROM events WHERE position IS NULL AND tx >= CAST(CAST($1 AS TEXT) AS xid8))
		SELECT r.running, COALESCE(first.ordinal, 0), COALESCE(first.workspace, ''),
			COALESCE((SELECT h.seq FROM event_heads h WHERE h.workspace = first.workspace), 0),
			(SELECT h.seq FROM event_heads h WHERE h.workspace = '')
		FROM (SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS running) r
		LEFT JOIN (SELECT ordinal, workspace FROM u ORDER BY ordinal LIMIT $2) first ON true`, since, stampLimit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	f := &found{}
	for rows.Next() {
		var ordinal, seq, position int64
		var workspace string
		if err := rows.Scan(&f.running, &ordinal, &workspace, &seq, &position); err != nil {
			return nil, err
		}
		if ordinal > 0 { // without any there is one row of nothing
			f.ordinals, f.workspaces = append(f.ordinals, ordinal), append(f.workspaces, workspace)
			f.seqs, f.positions = append(f.seqs, seq), append(f.positions, position)
		}
	}
	return f, rows.Err()
}

// number gives them the next numbers of their workspaces and of all, and keeps the last of each.
func (f *found) number(ctx context.Context, tx *Tx) error {
	last := map[string]int64{}
	for i, workspace := range f.workspaces {
		last[workspace]++
		f.seqs[i] += last[workspace]
		f.positions[i] += int64(i) + 1
	}
	heads, seqs := []string{""}, []int64{f.positions[len(f.positions)-1]}
	for i, workspace := range f.workspaces {
		if last[workspace]--; last[workspace] == 0 {
			heads, seqs = append(heads, workspace), append(seqs, f.seqs[i])
		}
	}
	_, err := tx.Later(ctx, `
		WITH heads AS (
			INSERT INTO event_heads (workspace, seq) SELECT * FROM unnest(CAST($4 AS TEXT[]), CAST($5 AS BIGINT[]))
			ON CONFLICT (workspace) DO UPDATE SET seq = excluded.seq)
		UPDATE events SET seq = u.seq, position = u.position
		FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[])) AS u(ordinal, seq, position)
		WHERE events.ordinal = u.ordinal`, f.ordinals, f.seqs, f.positions, heads, seqs)
	return err
}
