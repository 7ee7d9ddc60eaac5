package store_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
)

// big are the tables that grow with the messages that were ever seen.
var big = []string{"messages", "events", "conversations", "contacts", "contact_identities", "outbox"}

// road is a database with one connection on which one message after the other arrives and leaves.
type road struct {
	t     *testing.T
	db    *store.DB
	owner *sql.DB
	n     wa.NumberRef
	texts int
}

func newRoad(t *testing.T) *road {
	t.Helper()
	cfg := storetest.Postgres(t, func(c *store.Config) { c.Shared, c.MaxConns = true, 1 })
	r := &road{t: t, db: storetest.Open(t, cfg), owner: connect(t, cfg), n: wa.NumberRef{Workspace: "w1", ID: "n1"}}
	r.owner.SetMaxOpenConns(1)
	r.sql(`INSERT INTO numbers (workspace, id, name, provider, state, since, created_at) VALUES ('w1', 'n1', '', 'web', 'connected', 0, 0)`)
	return r
}

func (r *road) sql(statement string, args ...any) {
	r.t.Helper()
	_, err := r.owner.ExecContext(r.t.Context(), statement, args...)
	require.NoError(r.t, err)
}

// once is one message in from somebody, one out to them, and their receipt for it.
func (r *road) once() {
	r.t.Helper()
	r.texts++
	who := wa.Person{Identity: wa.Identity{Phone: wa.Phone(fmt.Sprintf("62812%07d", r.texts%5))}}
	inbox, outbox := store.Inbox{DB: r.db}, store.Outbox{DB: r.db}
	_, err := inbox.Receive(r.t.Context(), r.n, wa.Incoming{ID: fmt.Sprint("IN", r.texts), Contact: who, Time: time.Now(), Kind: wa.KindText, Text: "Halo"})
	require.NoError(r.t, err)
	m, err := outbox.Enqueue(r.t.Context(), r.n.Workspace, send.Draft{
		ID: id.New(), WAID: fmt.Sprint("OUT", r.texts), Phone: who.Phone,
		Request: send.Request{Number: r.n.ID, Text: "Ya", ExpiresAt: time.Now().Add(time.Hour), Metadata: []byte("{}"), Author: event.Author{Kind: event.AuthorAPIKey, ID: "k1"},
			IdempotencyKey: fmt.Sprint("key", r.texts)},
	})
	require.NoError(r.t, err)
	require.NoError(r.t, inbox.Advance(r.t.Context(), r.n, who.Identity, []string{m.WAID}, event.StatusDelivered))
}

// cost is how many pages ten times once look at, as the server's statistics say once the connection has told them.
func (r *road) cost() int64 {
	r.t.Helper()
	tell := func() int64 {
		require.NoError(r.t, r.db.Read(r.t.Context(), r.n.Workspace, func(tx *store.Tx) error {
			var one int
			return tx.QueryRow(r.t.Context(), `SELECT 1 FROM pg_stat_force_next_flush()`).Scan(&one)
		}))
		return blocks(r.t, r.owner, big...)
	}
	before := tell()
	for range 10 {
		r.once()
	}
	return tell() - before
}

// fill puts in what years of messages leave.
func (r *road) fill(messages int) {
	r.t.Helper()
	r.sql(`INSERT INTO contacts (workspace, id, phone, created_at, updated_at) SELECT 'w1', 'p' || i, '6299' || i, 0, 0 FROM generate_series(1, $1::int / 4) i`, messages)
	r.sql(`INSERT INTO contact_identities (workspace, kind, value, contact, created_at) SELECT workspace, 'phone', phone, id, 0 FROM contacts WHERE id LIKE 'p%'`)
	r.sql(`INSERT INTO conversations (workspace, id, number, contact, last_activity, created_at) SELECT 'w1', 'c' || id, 'n1', id, 1, 0 FROM contacts WHERE id LIKE 'p%'`)
	r.sql(`INSERT INTO messages (workspace, id, number, conversation, contact, from_me, wa_id, kind, text, status, author_kind, author_id, time, position, idempotency)
		SELECT 'w1', 'm' || i, 'n1', 'cp' || i % ($1::int / 4) + 1, 'p' || i % ($1::int / 4) + 1, i % 2, 'w' || i, 'text', repeat('x', 100), 'sent', 'api_key', 'k1', i, i, 'old' || i
		FROM generate_series(1, $1::int) i`, messages)
	r.sql(`INSERT INTO events (id, workspace, seq, position, type, time, data)
		SELECT 'e' || i, 'w1', i, i, 'message.received', i, repeat('x', 300) FROM generate_series(1, $1::int) i`, messages)
	r.sql(`SELECT pg_stat_force_next_flush()`) // or what filling has read would count later
}

// A connection that was opened on an empty database has the plans that PostgreSQL made for empty tables.
func TestAMessageCostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	few := int64(0)
	for range 3 { // the first times make contacts, and plans
		few = r.cost()
	}
	r.fill(20_000)
	require.NoError(t, store.Analyze(t.Context(), r.db))
	many := r.cost()
	require.NotZero(t, few)
	require.Less(t, many, 3*few, "pages for ten messages in, ten out and ten receipts, after twenty thousand")
}

// A server with autovacuum looks minutes later.
func TestTablesThatGrowAreAnalyzed(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	db, owner := storetest.Open(t, cfg), connect(t, cfg)
	for _, events := range []int{100, 400} {
		manyEvents(t, db, events)
		require.Eventually(t, func() bool {
			var rows float64
			require.NoError(t, owner.QueryRowContext(t.Context(), `SELECT reltuples FROM pg_class WHERE relname = 'events'`).Scan(&rows))
			return rows >= float64(events)
		}, waitFor, tick)
	}
}
