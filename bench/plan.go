package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// row is one measurement. Its name is the world it runs in and what it measures there.
type row struct {
	name string
	run  func(w *world, ctx context.Context, r *report) error
}

// plan is everything that is measured, in order. Rows of one world follow each other and share it:
// idle has no number at first and no load, sockets has none at all, one has all numbers in one workspace, many each in its own,
// full is one with a database that has seen many messages, in delay each commit takes longer, and in apart also no commit is shared.
func plan() []row {
	return []row{
		{"idle/start", (*world).coldStart},
		{"idle/pairing", (*world).pairing},
		{"idle/memory", (*world).memory},
		{"idle/reconnect", (*world).reconnect},
		{"idle/limited", (*world).reconnectLimited},
		{"idle/many", (*world).many},

		{"sockets/open", (*world).sockets},
		{"sockets/event", (*world).toAll},
		{"sockets/drain", (*world).socketsDrain},
		{"sockets/return", (*world).comeBack},

		{"one/inbound", (*world).inbound},
		{"one/browser", (*world).browser},
		{"one/outbound", (*world).outbound},
		{"one/half", (*world).outboundHalf},
		{"one/single", (*world).outboundSingle},
		{"one/cost", (*world).costs},
		{"one/flat", (*world).flat},
		{"one/burst", (*world).burst},
		{"one/ledger", (*world).ledger},

		{"many/inbound", (*world).inbound},
		{"many/browser", (*world).browser},
		{"many/outbound", (*world).outbound},
		{"many/ledger", (*world).ledger},

		{"full/inbound", (*world).inbound},
		{"full/browser", (*world).browser},
		{"full/outbound", (*world).outbound},
		{"full/single", (*world).outboundSingle},
		{"full/ledger", (*world).ledger},

		{"delay/inbound", (*world).inbound},
		{"delay/browser", (*world).browser},
		{"delay/outbound", (*world).outbound},
		{"delay/single", (*world).outboundSingle},
		{"delay/ledger", (*world).ledger},

		{"apart/inbound", (*world).inbound},
		{"apart/outbound", (*world).outbound},
	}
}

// measure takes the chosen rows with one engine. A row that fails is told, ends its world and not the others.
func measure(ctx context.Context, s *settings, engine string, r *report) (failed error) {
	var w *world
	leave := func() {
		if w != nil {
			failed = errors.Join(failed, w.close())
		}
		w = nil
	}
	defer func() { leave() }()
	r.row = "database"
	r.note("with", "%s", about(ctx, engine))
	for _, row := range plan() {
		if !s.pick.MatchString(row.name) {
			continue
		}
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		kind, _, _ := strings.Cut(row.name, "/")
		if kind == "sockets" && engine != sqlite {
			continue // no database has a part in it
		}
		if w == nil || w.kind != kind {
			leave()
			var err error
			if w, err = open(ctx, s, engine, kind); err != nil {
				return errors.Join(failed, fmt.Errorf("%s: %w", kind, err))
			}
		}
		fmt.Fprintf(os.Stderr, "%s %s\n", engine, row.name)
		r.row = row.name
		if err := row.run(w, ctx, r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s %s: %w", engine, row.name, err))
			r.failed(err)
			leave()
		}
	}
	return failed
}
