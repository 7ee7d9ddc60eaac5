package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

const workspaces = 120 // more than two units of a rotation

// sealSome seals a secret in each workspace and returns what is stored.
func sealSome(t *testing.T, cfg store.Config) map[string]string {
	t.Helper()
	db, err := store.Open(t.Context(), cfg)
	require.NoError(t, err)
	sealed := make(map[string]string)
	for i := range workspaces {
		workspace := fmt.Sprintf("w%03d", i)
		require.NoError(t, db.Write(t.Context(), workspace, func(tx *store.Tx) (err error) {
			sealed[workspace], err = tx.Seal(store.AAD("t", "c", "r"), []byte("secret of "+workspace))
			return err
		}))
	}
	require.NoError(t, db.Close())
	return sealed
}

func openAll(t *testing.T, cfg store.Config, sealed map[string]string) {
	t.Helper()
	db, err := store.Open(t.Context(), cfg)
	require.NoError(t, err)
	for workspace, text := range sealed {
		require.NoError(t, db.Read(t.Context(), workspace, func(tx *store.Tx) error {
			plain, err := tx.Open(store.AAD("t", "c", "r"), text)
			require.Equal(t, "secret of "+workspace, string(plain))
			return err
		}))
	}
	require.NoError(t, db.Close())
}

// The change of the master key is killed at its first commit, at its second, and so on.
func TestAChangeOfTheMasterKeyCanDieAnywhere(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		sealed := sealSome(t, cfg)
		next := seal.NewKey()
		killed := errors.New("killed")
		for n := 1; ; n++ {
			left, dying := n, cfg
			dying.Hooks.BeforeCommit = func() error {
				if left--; left < 0 {
					return killed
				}
				return nil
			}
			_, err := store.RotateMaster(t.Context(), dying, next)
			if err == nil {
				require.Greater(t, n, 3)
				break
			}
			require.ErrorIs(t, err, killed)
			for _, key := range []*seal.Key{cfg.Master, next} {
				halfway := cfg
				halfway.Master = key
				_, err := store.Open(t.Context(), halfway)
				require.Equal(t, "rotation_unfinished", fault.ReasonOf(err), err)
			}
		}
		_, err := store.Open(t.Context(), cfg)
		require.Equal(t, "wrong_master_key", fault.ReasonOf(err))
		again, err := store.RotateMaster(t.Context(), cfg, next)
		require.NoError(t, err, "once more does nothing")
		require.Zero(t, again)
		cfg.Master = next
		openAll(t, cfg, sealed)
	})
}

func TestStartIsRefusedWithAnotherMasterKey(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		sealed := sealSome(t, cfg)
		cfg.Master = seal.NewKey()
		_, err := store.Open(t.Context(), cfg)
		require.Equal(t, "wrong_master_key", fault.ReasonOf(err), err)
		_, err = store.RotateMaster(t.Context(), cfg, seal.NewKey())
		require.Equal(t, "wrong_master_key", fault.ReasonOf(err), err)

		require.NoError(t, store.ForgetMaster(t.Context(), cfg), "the key is lost")
		db := storetest.Open(t, cfg)
		err = db.Write(t.Context(), "w000", func(tx *store.Tx) error {
			_, err := tx.Open(store.AAD("t", "c", "r"), sealed["w000"])
			return err
		})
		require.Equal(t, "secret_lost", fault.ReasonOf(err), err)
	})
}

func TestAServedDatabaseKeepsItsMasterKey(t *testing.T) {
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		storetest.Lease(t, db, "a")
		_, err := store.RotateMaster(t.Context(), cfg, seal.NewKey())
		require.Contains(t, []string{"data_folder_in_use", "nodes_running"}, fault.ReasonOf(err))
	})
}
