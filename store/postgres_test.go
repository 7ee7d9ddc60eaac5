package store_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/jackc/pgx/v5"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

// Statements name the workspace; this is the wall behind them, for the one that forgets.
func TestAStatementWithoutAWorkspaceSeesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Postgres(t))
	require.NoError(t, db.Write(t.Context(), "w1", lane("mine")))
	require.NoError(t, db.Write(t.Context(), "w2", lane("theirs")))
	count := func(tx *store.Tx) (n int) {
		require.NoError(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM lanes`).Scan(&n))
		return n
	}
	require.NoError(t, db.Read(t.Context(), "w1", func(tx *store.Tx) error {
		require.Equal(t, 1, count(tx))
		return nil
	}))
	require.NoError(t, db.Read(t.Context(), "w3", func(tx *store.Tx) error {
		require.Zero(t, count(tx))
		return nil
	}))
	require.NoError(t, db.ReadSystem(t.Context(), func(tx *store.Tx) error {
		require.Equal(t, 2, count(tx))
		return nil
	}))
	require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		n, err := tx.Exec(t.Context(), `UPDATE lanes SET epoch = 9`)
		require.EqualValues(t, 1, n)
		return err
	}))
	require.Error(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO lanes (workspace, number, node, epoch) VALUES ('w2', 'planted', 'here', 1)`)
		return err
	}), "nobody writes into another workspace")
}

func TestAConnectionForgetsItsWorkspace(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t, func(c *store.Config) { c.MaxConns = 1 })
	db := storetest.Open(t, cfg)
	require.NoError(t, db.Write(t.Context(), "w1", lane("n1")))
	require.NoError(t, db.Read(t.Context(), "w1", func(*store.Tx) error { return nil }))
	var n int
	require.NoError(t, store.Raw(db).QueryRowContext(t.Context(), `SELECT count(*) FROM lanes`).Scan(&n))
	require.Zero(t, n)
}

func TestEveryTableWithAWorkspaceHasItsWall(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	storetest.Open(t, cfg)
	owner := connect(t, cfg)
	tables, err := store.Walled(t.Context(), owner)
	require.NoError(t, err)
	require.Contains(t, tables, "events")
	missing, err := store.Unwalled(t.Context(), owner)
	require.NoError(t, err)
	require.Empty(t, missing)

	_, err = owner.ExecContext(t.Context(), `CREATE TABLE forgotten (workspace TEXT NOT NULL)`)
	require.NoError(t, err)
	missing, err = store.Unwalled(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, []string{"forgotten"}, missing, "the test can fail")
	for _, wall := range []string{"NO FORCE", "DISABLE"} {
		_, err = owner.ExecContext(t.Context(), `ALTER TABLE events `+wall+` ROW LEVEL SECURITY`)
		require.NoError(t, err)
		missing, err = store.Unwalled(t.Context(), owner)
		require.NoError(t, err)
		require.Contains(t, missing, "events")
	}
	_, err = store.Migrate(t.Context(), cfg)
	require.NoError(t, err)
	missing, err = store.Unwalled(t.Context(), owner)
	require.NoError(t, err)
	require.Empty(t, missing, "the next start raises what is missing")
}

func TestASuperuserIsRefused(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	c, err := pgx.ParseConfig(cfg.Postgres)
	require.NoError(t, err)
	plain := stdlib.OpenDB(*c) // takes no role: the superuser of the test server
	t.Cleanup(func() { require.NoError(t, plain.Close()) })
	require.Equal(t, "postgres_superuser", fault.ReasonOf(store.CheckRole(t.Context(), plain)))
}

func TestAServerThatIsAwayIsPassingTrouble(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	cfg.Postgres = "postgres://nobody@127.0.0.1:1/none?sslmode=disable"
	_, err := store.Open(t.Context(), cfg)
	require.Equal(t, fault.Unavailable, fault.CodeOf(err), err)
}

func TestALostConnectionIsPassingTrouble(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	db := storetest.Open(t, cfg)
	owner := connect(t, cfg)
	kill := func() {
		_, err := owner.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
	}
	err := db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		kill()
		return lane("n1")(tx)
	})
	require.Equal(t, fault.Unavailable, fault.CodeOf(err), err)
	require.Eventually(t, func() bool { return db.Write(t.Context(), "w1", lane("n2")) == nil }, waitFor, tick, "it recovers alone")
	require.Equal(t, []string{"n2"}, lanes(t, db, "w1"))
}

func TestADeadlockRunsAgain(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.Postgres(t))
	require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
		if err := lane("a")(tx); err != nil {
			return err
		}
		return lane("b")(tx)
	}))
	touch := func(tx *store.Tx, number string) error {
		_, err := tx.Exec(t.Context(), `UPDATE lanes SET epoch = epoch + 1 WHERE workspace = $1 AND number = $2`, "w1", number)
		return err
	}
	one, two := make(chan struct{}), make(chan struct{})
	cross := func(mine, other chan struct{}, first, second string) error {
		again := false
		return db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			if err := touch(tx, first); err != nil {
				return err
			}
			if !again {
				again = true
				close(mine)
				<-other
			}
			return touch(tx, second)
		})
	}
	done := make(chan error)
	go func() { done <- cross(one, two, "a", "b") }()
	require.NoError(t, cross(two, one, "b", "a"))
	require.NoError(t, <-done)
	require.NotZero(t, db.Stats().Retries)
}

func connect(t *testing.T, cfg store.Config) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", cfg.Postgres)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// What managed servers offer: a user who owns the database and may create roles, and another who owns nothing.
func TestItNeedsNoSuperuser(t *testing.T) {
	t.Parallel()
	cfg := storetest.Postgres(t)
	admin := connect(t, cfg)
	name := "sapa_test_" + strings.ToLower(id.New())
	owner, worker := name+"_owner", name+"_worker"
	run := func(statements ...string) {
		for _, s := range statements {
			_, err := admin.ExecContext(context.Background(), s)
			require.NoError(t, err, s)
		}
	}
	run("CREATE ROLE "+owner+" LOGIN CREATEROLE", "CREATE ROLE "+worker+" LOGIN", "CREATE DATABASE "+name+" OWNER "+owner)
	t.Cleanup(func() {
		run("DROP DATABASE "+name+" WITH (FORCE)", "DROP ROLE "+owner, "DROP ROLE "+worker)
	})
	as := func(user string) string {
		u, err := url.Parse(cfg.Postgres)
		require.NoError(t, err)
		u.User, u.Path = url.User(user), "/"+name
		return u.String()
	}
	cfg.Postgres = as(owner)
	db, err := store.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), "w1", lane("n1")))
	require.NoError(t, db.Write(t.Context(), "w1", appendOne))
	visible(t, db, "w1", 1)
	require.NoError(t, db.Close())

	cfg.Postgres, cfg.PostgresOwner = as(worker), as(owner)
	db, err = store.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, db.Write(t.Context(), "w2", lane("n2")))
	require.Equal(t, []string{"n2"}, lanes(t, db, "w2"))
	require.NoError(t, db.Close())
}
