package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
)

// keys holds the workspaces' data keys in memory. Only keys known to be committed get in.
type keys struct {
	mu sync.RWMutex
	of map[string]*seal.Key
}

func (k *keys) get(workspace string) *seal.Key {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.of[workspace]
}

func (k *keys) keep(loaded map[string]*seal.Key) {
	if len(loaded) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = make(map[string]*seal.Key)
	}
	for workspace, key := range loaded {
		k.of[workspace] = key
	}
}

// AAD names the place of a sealed value: table, column and the row's identity. The workspace is added by Seal and Open.
func AAD(table, column, row string) string { return table + "|" + column + "|" + row }

// Seal encrypts plain with the workspace's data key for the place that aad names (see AAD). The result is text.
func (tx *Tx) Seal(aad string, plain []byte) (string, error) {
	return tx.SealFor(tx.workspace, aad, plain)
}

// Open decrypts what Seal made for the same workspace and place. A value that was changed, or moved from another place, does not open.
func (tx *Tx) Open(aad, sealed string) ([]byte, error) {
	return tx.OpenFor(tx.workspace, aad, sealed)
}

// SealFor is Seal in a system unit, which names the workspace.
func (tx *Tx) SealFor(workspace, aad string, plain []byte) (string, error) {
	key, err := tx.dataKey(workspace)
	if err != nil {
		return "", err
	}
	return key.Seal(workspace+"|"+aad, plain), nil
}

// OpenFor is Open in a system unit, which names the workspace.
func (tx *Tx) OpenFor(workspace, aad, sealed string) ([]byte, error) {
	key, err := tx.dataKey(workspace)
	if err != nil {
		return nil, err
	}
	plain, err := key.Open(workspace+"|"+aad, sealed)
	if errors.Is(err, seal.ErrWrongKey) {
		return nil, &trouble{fault.Errorf(fault.Conflict, "this secret was sealed with a key that is lost; enter it again").Because("secret_lost"), err}
	}
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", aad, err)
	}
	return plain, nil
}

// dataKey finds the workspace's key, or makes it in a write.
func (tx *Tx) dataKey(workspace string) (*seal.Key, error) {
	if workspace == "" {
		return nil, errors.New("store: sealing without a workspace")
	}
	if key := tx.loaded[workspace]; key != nil {
		return key, nil
	}
	if key := tx.db.keys.get(workspace); key != nil {
		return key, nil
	}
	key, err := tx.loadKey(tx.ctx, workspace)
	if IsMissing(err) && !tx.readonly {
		key, err = tx.makeKey(tx.ctx, workspace)
	}
	if err != nil {
		return nil, fmt.Errorf("store: data key of %s: %w", workspace, err)
	}
	if tx.loaded == nil {
		tx.loaded = make(map[string]*seal.Key)
	}
	tx.loaded[workspace] = key
	return key, nil
}

func (tx *Tx) loadKey(ctx context.Context, workspace string) (*seal.Key, error) {
	var wrapped string
	err := tx.QueryRow(ctx, `SELECT wrapped FROM data_keys WHERE workspace = $1`, workspace).Scan(&wrapped)
	if err != nil {
		return nil, err
	}
	return tx.db.cfg.Master.Unwrap(keyPlace(workspace), wrapped)
}

// makeKey lets the first of two concurrent makers win.
func (tx *Tx) makeKey(ctx context.Context, workspace string) (*seal.Key, error) {
	key, master := seal.NewKey(), tx.db.cfg.Master
	_, err := tx.Exec(ctx, `
		INSERT INTO data_keys (workspace, id, master, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (workspace) DO NOTHING`,
		workspace, key.ID, master.ID, master.Wrap(keyPlace(workspace), key), tx.Now())
	if err != nil {
		return nil, err
	}
	return tx.loadKey(ctx, workspace)
}

func keyPlace(workspace string) string { return "data_keys|wrapped|" + workspace }
