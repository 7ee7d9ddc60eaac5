package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

func TestAUnitIsDoneWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		wanted := errors.New("no")
		err := db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			return errors.Join(lane("n1")(tx), appendOne(tx), wanted)
		})
		require.ErrorIs(t, err, wanted)
		require.Empty(t, lanes(t, db, "w1"))
		require.NoError(t, db.Write(t.Context(), "w1", lane("n2")))
		require.Equal(t, []string{"n2"}, lanes(t, db, "w1"))
	})
}

func TestConcurrentWritersShareCommits(t *testing.T) {
	t.Parallel()
	db := storetest.New(t, func(c *store.Config) { c.Hooks.BatchTime = time.Minute })
	before := db.Stats()
	release := hold(t, db)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() { require.NoError(t, db.Write(t.Context(), "w1", lane(fmt.Sprintf("n%03d", i)))) })
	}
	release(200)
	all.Wait()
	after := db.Stats()
	require.Len(t, lanes(t, db, "w1"), 200)
	require.EqualValues(t, 201, after.Units-before.Units)
	require.Less(t, after.Commits-before.Commits, int64(40), "200 writers share commits")
	require.Greater(t, after.Largest, int64(10))
}

func TestWritersWithoutCompanyCommitOneAfterTheOther(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		var committing, together atomic.Int64
		cfg.Hooks.Alone = true
		cfg.Hooks.BeforeCommit = func() error {
			together.Add(committing.Add(1) - 1)
			runtime.Gosched()
			committing.Add(-1)
			return nil
		}
		db := storetest.Open(t, cfg)
		before := db.Stats()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() { require.NoError(t, db.Write(t.Context(), "w1", lane(fmt.Sprintf("n%03d", i)))) })
		}
		all.Wait()
		require.EqualValues(t, 50, db.Stats().Commits-before.Commits)
		require.Zero(t, together.Load())
	})
}

func TestAConstraintHitsItsOwnUnitOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		require.NoError(t, db.Write(t.Context(), "w1", lane("n0")))
		var all sync.WaitGroup
		var refused atomic.Int64
		for i := range 20 {
			all.Go(func() {
				err := db.Write(t.Context(), "w1", lane(fmt.Sprintf("n%d", i/2)))
				if err != nil {
					require.True(t, store.IsUnique(err), err)
					refused.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 11, refused.Load())
		require.Len(t, lanes(t, db, "w1"), 10)
		require.Zero(t, db.Stats().Retries, "nobody ran again")
	})
}

func TestAUnitThatSwallowsAnErrorFails(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		require.NoError(t, db.Write(t.Context(), "w1", lane("n1")))
		require.Error(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			_ = lane("n1")(tx) // violates the primary key
			return nil
		}))
	})
}

// Any error but a constraint may have undone the whole transaction, so nobody in it may be told that all is well.
func TestAfterAnotherErrorEveryUnitRunsAgainAlone(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	broken := errors.New("disk I/O error")
	db := storetest.New(t, func(c *store.Config) {
		c.Hooks.BatchTime = time.Minute
		c.Hooks.Statement = func(_ int64, query string) error {
			if armed.Load() && strings.Contains(query, "poison") {
				return broken
			}
			return nil
		}
	})
	armed.Store(true)
	poison := func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM lanes WHERE workspace = $1 AND number = 'poison'`, tx.Workspace())
		return err
	}
	release := hold(t, db)
	var all sync.WaitGroup
	var failed atomic.Int64
	for i := range 10 {
		all.Go(func() { require.NoError(t, db.Write(t.Context(), "w1", lane(fmt.Sprintf("n%d", i)))) })
		all.Go(func() {
			if err := db.Write(t.Context(), "w1", poison); errors.Is(err, broken) {
				failed.Add(1)
			}
		})
	}
	release(20)
	all.Wait()
	require.Len(t, lanes(t, db, "w1"), 10)
	require.EqualValues(t, 10, failed.Load())
	require.NotZero(t, db.Stats().Retries)
}

func TestAFailedCommitRunsTheUnitsAgainAlone(t *testing.T) {
	t.Parallel()
	var fail atomic.Int64
	db := storetest.New(t, func(c *store.Config) {
		c.Hooks.BatchTime = time.Minute // the held unit has company, however slow the machine
		c.Hooks.BeforeCommit = func() error {
			if fail.Add(-1) == 0 {
				return errors.New("the disk went away")
			}
			return nil
		}
	})
	release := hold(t, db)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() { require.NoError(t, db.Write(t.Context(), "w1", lane(fmt.Sprintf("n%d", i)))) })
	}
	fail.Store(1) // the commit that the held unit and whoever has joined it share
	release(10)
	all.Wait()
	require.Len(t, lanes(t, db, "w1"), 10)
}

func TestACanceledContextDoesNotTearAUnit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, "w1", func(tx *store.Tx) error {
			if err := lane("n1")(tx); err != nil {
				return err
			}
			cancel()
			_, err := tx.Exec(ctx, `INSERT INTO lanes (workspace, number, node, epoch) VALUES ($1, 'n2', 'here', 1)`, tx.Workspace())
			return err
		})
		require.NoError(t, err, "a unit that has started is finished")
		require.Equal(t, []string{"n1", "n2"}, lanes(t, db, "w1"))
		require.ErrorIs(t, db.Write(ctx, "w1", lane("n3")), context.Canceled)
		require.Len(t, lanes(t, db, "w1"), 2)
	})
}

func TestAUnitCanceledInTheQueueNeverRuns(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	release := hold(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- db.Write(ctx, "w1", lane("n1")) }()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	release(0)
	require.NoError(t, db.Write(t.Context(), "w1", lane("n2")))
	require.Equal(t, []string{"n2"}, lanes(t, db, "w1"))
}

func TestAPanicOrTheEndOfAGoroutineLeavesTheStoreWorking(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		require.PanicsWithValue(t, "oops", func() {
			_ = db.Write(t.Context(), "w1", func(tx *store.Tx) error {
				_ = lane("n1")(tx)
				panic("oops")
			})
		})
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = db.Write(t.Context(), "w1", func(tx *store.Tx) error {
				_ = lane("n2")(tx)
				runtime.Goexit()
				return nil
			})
		}()
		<-gone
		require.NoError(t, db.Write(t.Context(), "w1", lane("n3")))
		require.Equal(t, []string{"n3"}, lanes(t, db, "w1"))
	})
}

func TestAFullDiskIsPassingTrouble(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	require.NoError(t, store.LimitPages(t.Context(), db, 10))
	big := strings.Repeat("x", 1<<20)
	fill := func(number string) error {
		return db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO lanes (workspace, number, node, epoch) VALUES ($1, $2, $3, 1)`, "w1", number, big)
			return err
		})
	}
	err := fill("n1")
	require.Equal(t, fault.Unavailable, fault.CodeOf(err), err)
	require.Equal(t, "disk_full", fault.ReasonOf(err))
	require.Empty(t, lanes(t, db, "w1"), "reading goes on")
	require.NoError(t, store.LimitPages(t.Context(), db, 1<<30))
	require.NoError(t, fill("n2"))
	require.Equal(t, []string{"n2"}, lanes(t, db, "w1"))
}

// A row has no other way to carry an error of ours than the end of its context; whoever asked gets the error itself.
func TestAStatementThatIsWithheldFailsWithItsOwnError(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		withheld := fmt.Errorf("planted: %w", driver.ErrBadConn)
		cfg.Hooks.Statement = func(_ int64, query string) error {
			if query == "SELECT 1" {
				return withheld
			}
			return nil
		}
		db := storetest.Open(t, cfg)
		ask := func(tx *store.Tx) error {
			var one int
			return tx.QueryRow(t.Context(), "SELECT 1").Scan(&one)
		}
		for _, run := range []func(context.Context, string, func(*store.Tx) error) error{db.Read, db.Write} {
			err := run(t.Context(), "w1", ask)
			require.ErrorIs(t, err, withheld)
			require.Equal(t, fault.Unavailable, fault.CodeOf(err))
		}
	})
}

// What the SQLite developers do for I/O errors: fail the first statement, then the second, until all goes well.
func TestWhicheverStatementFailsNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		var countdown atomic.Int64
		countdown.Store(1 << 40)
		cfg.Hooks.Statement = func(_ int64, query string) error {
			if strings.HasPrefix(query, "INSERT INTO") && countdown.Add(-1) == 0 {
				return errors.New("planted")
			}
			return nil
		}
		db := storetest.Open(t, cfg)
		for n := int64(1); ; n++ {
			number := fmt.Sprintf("n%d", n)
			countdown.Store(n)
			err := db.Write(t.Context(), "w1", func(tx *store.Tx) error {
				if err := lane(number + "a")(tx); err != nil {
					return err
				}
				if err := appendOne(tx); err != nil {
					return err
				}
				return lane(number + "b")(tx)
			})
			countdown.Store(1 << 40)
			both := strings.Count(strings.Join(lanes(t, db, "w1"), " "), number)
			if err == nil {
				require.Equal(t, 2, both)
				require.Greater(t, n, int64(3))
				return
			}
			require.Zero(t, both, "statement %d", n)
		}
	})
}

func TestPlaceholdersMeanTheSameOnBothEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		require.NoError(t, db.Write(t.Context(), "w1", lane("n1")))
		require.NoError(t, db.Read(t.Context(), "w1", func(tx *store.Tx) error {
			var number string
			var yes bool
			require.NoError(t, tx.QueryRow(t.Context(), `SELECT number, epoch = $3 FROM lanes WHERE number = $2 AND workspace = $1 AND $2 <> $1`, "w1", "n1", true).Scan(&number, &yes))
			require.Equal(t, "n1", number)
			require.True(t, yes)
			_, err := tx.Exec(t.Context(), `DELETE FROM lanes WHERE workspace = $1`, "w1")
			require.Error(t, err, "a read writes nothing")
			return nil
		}))
	})
}

func TestAClosingStoreRefusesPolitely(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db, err := store.Open(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		err = db.Write(t.Context(), "w1", lane("n1"))
		require.Equal(t, fault.Unavailable, fault.CodeOf(err), err)
	})
}

func TestASecondProcessIsRefusedTheDataFolder(t *testing.T) {
	t.Parallel()
	cfg := storetest.SQLite(t)
	storetest.Open(t, cfg)
	_, err := store.Open(t.Context(), cfg)
	require.Equal(t, "data_folder_in_use", fault.ReasonOf(err))
	require.ErrorContains(t, err, "in use by process")

	shared := cfg
	shared.Shared = true
	tool := storetest.Open(t, shared)
	require.NoError(t, tool.Write(t.Context(), "w1", lane("n1")), "a command line tool may share it")
}
