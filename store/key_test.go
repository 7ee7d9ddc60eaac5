package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/seal"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

func TestSealedValuesAreBoundToTheirPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		place := store.AAD("numbers", "token", "n1")
		var sealed string
		require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) (err error) {
			sealed, err = tx.Seal(place, []byte("secret"))
			return err
		}))
		open := func(workspace, place string) (plain []byte, err error) {
			err = db.Write(t.Context(), workspace, func(tx *store.Tx) (err error) {
				plain, err = tx.Open(place, sealed)
				return err
			})
			return plain, err
		}
		plain, err := open("w1", place)
		require.NoError(t, err)
		require.Equal(t, "secret", string(plain))
		for _, moved := range []string{store.AAD("numbers", "token", "n2"), store.AAD("numbers", "other", "n1"), store.AAD("other", "token", "n1")} {
			_, err = open("w1", moved)
			require.ErrorIs(t, err, seal.ErrTampered)
		}
		_, err = open("w2", place)
		require.Error(t, err, "another workspace has another key")
	})
}

func TestConcurrentFirstSecretsGetOneKey(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		sealed := make([]string, 20)
		var all sync.WaitGroup
		for i := range sealed {
			all.Go(func() {
				require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) (err error) {
					sealed[i], err = tx.Seal("x", []byte("secret"))
					return err
				}))
			})
		}
		all.Wait()
		for _, s := range sealed {
			require.NoError(t, db.Read(t.Context(), "w1", func(tx *store.Tx) error {
				_, err := tx.Open("x", s)
				return err
			}))
		}
	})
}

// A data key of a unit that was undone must not stay in memory: what it sealed later would be lost at the next start.
func TestADataKeyIsKeptOnlyAfterItsCommit(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db, err := store.Open(t.Context(), cfg)
		require.NoError(t, err)
		undone := errors.New("undone")
		require.ErrorIs(t, db.Write(t.Context(), "w1", func(tx *store.Tx) error {
			_, err := tx.Seal("x", []byte("a"))
			return errors.Join(err, undone)
		}), undone)
		var sealed string
		require.NoError(t, db.Write(t.Context(), "w1", func(tx *store.Tx) (err error) {
			sealed, err = tx.Seal("x", []byte("b"))
			return err
		}))
		require.NoError(t, db.Close())
		db = storetest.Open(t, cfg)
		require.NoError(t, db.Read(t.Context(), "w1", func(tx *store.Tx) error {
			_, err := tx.Open("x", sealed)
			return err
		}))
	})
}
