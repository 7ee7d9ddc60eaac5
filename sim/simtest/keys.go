package simtest

import (
	"context"
	"sync"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"
)

// container is whatsmeow's own, but for the one-time keys: a pairing makes 812 of them and inserts them one by one,
// which was nearly half of what the tests of a network cost.
type container struct {
	store.DeviceContainer
	keys oneTimeKeys
}

// PutDevice implements store.DeviceContainer. The first one gives the device its stores.
func (c *container) PutDevice(ctx context.Context, d *store.Device) error {
	fresh := !d.Initialized
	err := c.DeviceContainer.PutDevice(ctx, d)
	if fresh {
		d.PreKeys = &c.keys
	}
	return err
}

// oneTimeKeys are a client's one-time keys in memory. Their private halves come from a pool that all clients of the
// process share: nobody's secrets are at stake here, and making them is what costs.
type oneTimeKeys struct {
	mu               sync.Mutex
	next             uint32 // 0 before the first; ids begin with 1
	uploaded         uint32 // up to this id
	gone             map[uint32]bool
	uploadedAndThere int
}

var _ store.PreKeyStore = (*oneTimeKeys)(nil)

// pool makes each pair once.
var pool struct {
	sync.Mutex
	pairs []*keys.KeyPair
}

func oneTimeKey(id uint32) *keys.PreKey {
	pool.Lock()
	defer pool.Unlock()
	for uint32(len(pool.pairs)) <= id {
		pool.pairs = append(pool.pairs, keys.NewKeyPair())
	}
	return &keys.PreKey{KeyPair: *pool.pairs[id], KeyID: id}
}

// GetOrGenPreKeys returns count keys that were not uploaded yet.
func (k *oneTimeKeys) GetOrGenPreKeys(_ context.Context, count uint32) ([]*keys.PreKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make([]*keys.PreKey, 0, count)
	for id := k.uploaded + 1; uint32(len(all)) < count; id++ {
		all = append(all, oneTimeKey(id))
		k.next = max(k.next, id+1)
	}
	return all, nil
}

// GenOnePreKey returns a key that counts as uploaded, for a retry receipt.
func (k *oneTimeKeys) GenOnePreKey(context.Context) (*keys.PreKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := max(k.next, 1)
	k.next, k.uploaded = id+1, id
	k.uploadedAndThere++
	return oneTimeKey(id), nil
}

// GetPreKey returns a key, nil when it was never made or is used up.
func (k *oneTimeKeys) GetPreKey(_ context.Context, id uint32) (*keys.PreKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if id == 0 || id >= k.next || k.gone[id] {
		return nil, nil
	}
	return oneTimeKey(id), nil
}

// RemovePreKey uses a key up.
func (k *oneTimeKeys) RemovePreKey(_ context.Context, id uint32) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone == nil {
		k.gone = map[uint32]bool{}
	}
	if !k.gone[id] && id <= k.uploaded {
		k.uploadedAndThere--
	}
	k.gone[id] = true
	return nil
}

// MarkPreKeysAsUploaded notes that the server has all keys up to an id.
func (k *oneTimeKeys) MarkPreKeysAsUploaded(_ context.Context, upTo uint32) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if upTo > k.uploaded {
		k.uploadedAndThere += int(upTo - k.uploaded)
		k.uploaded = upTo
	}
	return nil
}

// UploadedPreKeyCount is how many uploaded keys are left.
func (k *oneTimeKeys) UploadedPreKeyCount(context.Context) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.uploadedAndThere, nil
}
