package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// visible waits until a workspace has n stamped events and returns them.
func visible(t *testing.T, db *store.DB, workspace string, n int) (all []event.Envelope) {
	t.Helper()
	require.Eventually(t, func() bool {
		all = nil
		var after int64
		for {
			p, err := db.Events(t.Context(), workspace, event.Query{After: after, Limit: 200})
			require.NoError(t, err)
			if len(p.Items) == 0 {
				return len(all) == n
			}
			all, after = append(all, p.Items...), p.Next
		}
	}, waitFor, tick)
	return all
}

func TestSeqHasNoGapsUnderConcurrency(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 8, 25
		undone := errors.New("undone")
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					workspace := fmt.Sprintf("w%d", (w+i)%2)
					require.NoError(t, db.Write(t.Context(), workspace, appendOne))
					require.ErrorIs(t, db.Write(t.Context(), workspace, func(tx *store.Tx) error {
						return errors.Join(appendOne(tx), undone)
					}), undone)
				}
			})
		}
		all.Wait()
		for _, workspace := range []string{"w0", "w1"} {
			for i, e := range visible(t, db, workspace, writers*each/2) {
				require.EqualValues(t, i+1, e.Seq)
				require.Equal(t, workspace, e.Workspace)
			}
		}
		stream, err := store.EventLog{DB: db}.EventsAfter(t.Context(), 0, writers*each+1)
		require.NoError(t, err)
		require.Len(t, stream, writers*each)
		for i, e := range stream {
			require.EqualValues(t, i+1, e.Position)
		}
	})
}

func TestAnEventComesAfterTheOneItFollowsFrom(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 20 {
			require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
				return tx.Append(t.Context(), event.Draft{Type: event.MessageQueued, Data: i})
			}))
		}
		for i, e := range visible(t, db, "w1", 20) {
			require.JSONEq(t, fmt.Sprint(i), string(e.Data))
		}
	})
}

func TestTheLogIsReadByTypeAndNumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			return errors.Join(
				tx.Append(t.Context(), event.Draft{Type: event.NumberCreated, Number: "n1"}),
				tx.Append(t.Context(), event.Draft{Type: event.MessageSent, Number: "n1", Conversation: "c1"}),
				tx.Append(t.Context(), event.Draft{Type: event.MessageSent, Number: "n2"}),
				tx.Append(t.Context(), event.Draft{Type: event.MessageRead, Number: "n1"}))
		}))
		visible(t, db, "w1", 4)
		p, err := db.Events(t.Context(), "w1", event.Query{Types: []event.Type{event.MessageSent, event.MessageRead}, Number: "n1"})
		require.NoError(t, err)
		require.Len(t, p.Items, 2)
		require.Equal(t, "c1", p.Items[0].Conversation)
		require.EqualValues(t, 4, p.Next)
		p, err = db.Events(t.Context(), "w2", event.Query{})
		require.NoError(t, err)
		require.Empty(t, p.Items)
	})
}

// Newest first shows the same events as oldest first, in pages of any size, and ends where the log was pruned.
func TestTheLogIsReadBackwards(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 9 {
			require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
				return tx.Append(t.Context(), event.Draft{Type: event.NumberState, Number: fmt.Sprintf("n%d", i%2)})
			}))
			require.NoError(t, db.Write(t.Context(), "w2", appendOne))
		}
		visible(t, db, "w1", 9)
		require.Equal(t, []int64{9, 8, 7, 6, 5, 4, 3, 2, 1}, backwards(t, db, event.Query{Limit: 2}))
		require.Equal(t, []int64{9, 8, 7, 6, 5, 4, 3, 2, 1}, backwards(t, db, event.Query{Limit: 3}), "pages that end with the log")
		require.Equal(t, []int64{8, 6, 4, 2}, backwards(t, db, event.Query{Number: "n1", Types: []event.Type{event.NumberState}, Limit: 3}))
		require.Equal(t, []int64{4, 3, 2, 1}, backwards(t, db, event.Query{Before: 5}))
		require.Empty(t, backwards(t, db, event.Query{Types: []event.Type{event.MessageRead}}))

		_, err := db.PruneEvents(t.Context(), time.Now().Add(time.Minute))
		require.NoError(t, err)
		require.NoError(t, db.Write(t.Context(), "w1", appendOne))
		require.Eventually(t, func() bool { return slices.Equal(backwards(t, db, event.Query{}), []int64{10}) }, waitFor, tick)
	})
}

// backwards reads pages until the log says that there is nothing older.
func backwards(t *testing.T, db *store.DB, q event.Query) (seqs []int64) {
	t.Helper()
	q.NewestFirst = true
	for {
		p, err := db.Events(t.Context(), "w1", q)
		require.NoError(t, err)
		for _, e := range p.Items {
			seqs = append(seqs, e.Seq)
		}
		if p.Next == 0 {
			return seqs
		}
		q.Before = p.Next
	}
}

// A number's history must not look through all the messages of its workspace.
func TestTheHistoryOfANumberHasAnIndex(t *testing.T) {
	t.Parallel()
	plan, err := store.EventsPlan(t.Context(), storetest.New(t), "w1", event.Query{NewestFirst: true, Number: "n1", Types: []event.Type{event.NumberState}})
	require.NoError(t, err)
	require.Contains(t, strings.Join(plan, "; "), "events_number")
	require.NotContains(t, strings.Join(plan, "; "), "SORT", "it is in order already")
}

func TestAReaderBehindThePrunedEventsIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := store.EventLog{DB: db, Node: "a"}
		_, ok, err := log.Claim(t.Context(), "sleeper")
		require.NoError(t, err)
		require.True(t, ok)
		for range 3 {
			require.NoError(t, db.Write(t.Context(), "w1", appendOne))
		}
		visible(t, db, "w1", 3)
		n, err := db.PruneEvents(t.Context(), time.Now().Add(-time.Hour))
		require.NoError(t, err)
		require.Zero(t, n, "nothing is that old")
		n, err = db.PruneEvents(t.Context(), time.Now().Add(time.Minute))
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, int64(3))

		_, err = db.Events(t.Context(), "w1", event.Query{After: 1})
		require.Equal(t, fault.Gone, fault.CodeOf(err))
		var gone *event.Gone
		require.ErrorAs(t, err, &gone)
		require.EqualValues(t, 4, gone.Oldest)

		require.NoError(t, db.Write(t.Context(), "w1", appendOne))
		require.Eventually(t, func() bool {
			p, err := db.Events(t.Context(), "w1", event.Query{After: 3})
			require.NoError(t, err)
			return len(p.Items) == 1 && p.Items[0].Seq == 4
		}, waitFor, tick)

		_, _, err = log.Claim(t.Context(), "sleeper")
		require.ErrorIs(t, err, event.ErrDisabled)
		require.NoError(t, log.Enable(t.Context(), "sleeper"))
		_, ok, err = log.Claim(t.Context(), "sleeper")
		require.NoError(t, err)
		require.True(t, ok)
	})
}

func TestAConsumerRunsOnOneNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := store.EventLog{DB: db, Node: "a"}, store.EventLog{DB: db, Node: "b"}
		_, ok, err := a.Claim(t.Context(), "realtime")
		require.NoError(t, err)
		require.True(t, ok)
		_, ok, err = b.Claim(t.Context(), "realtime")
		require.NoError(t, err)
		require.False(t, ok)
		ok, err = b.Advance(t.Context(), "realtime", 9)
		require.NoError(t, err)
		require.False(t, ok)
		ok, err = a.Advance(t.Context(), "realtime", 7)
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, a.Unclaim(t.Context(), "realtime"))
		position, ok, err := b.Claim(t.Context(), "realtime")
		require.NoError(t, err)
		require.True(t, ok)
		require.EqualValues(t, 7, position)
	})
}

// Two nodes stamp the same log: together they leave no gap and give nothing twice.
func TestTwoNodesStampOneLog(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	a, b := storetest.Open(t, cfg), storetest.Open(t, cfg)
	var all sync.WaitGroup
	for _, db := range []*store.DB{a, b, a, b} {
		all.Go(func() {
			for range 30 {
				require.NoError(t, db.Write(context.Background(), "w1", appendOne))
			}
		})
	}
	all.Wait()
	for i, e := range visible(t, a, "w1", 120) {
		require.EqualValues(t, i+1, e.Seq)
	}
}
