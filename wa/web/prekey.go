package web

import (
	"context"
	"encoding/binary"
	"fmt"

	"go.mau.fi/whatsmeow/util/keys"
)

// One-time keys are kept in blocks of 32: 812 of them, as many as a new device uploads, are 26 records. A block is a
// bitmap of those that exist (4 bytes) and 32 private keys; a used key is overwritten with zeros.
const (
	perBlock  = 32
	blockSize = 4 + perBlock*32
)

// prekeyState counts: keys below next exist or existed, those up to uploaded are at WhatsApp, left of them are unused.
type prekeyState struct{ next, uploaded, left uint32 }

func (r *ring) prekeyState(ctx context.Context) (prekeyState, error) {
	b, err := r.get(ctx, Key{KindPrekeyState, ""})
	if err != nil || len(b) != 12 {
		return prekeyState{next: 1}, err
	}
	return prekeyState{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])}, nil
}

func (s prekeyState) record() Record {
	b := binary.BigEndian.AppendUint32(nil, s.next)
	b = binary.BigEndian.AppendUint32(b, s.uploaded)
	return Record{Key{KindPrekeyState, ""}, binary.BigEndian.AppendUint32(b, s.left)}
}

// block is one record of one-time keys; what is read must be copied before it is changed.
type block []byte

func blockKey(id uint32) Key { return Key{KindPrekeys, fmt.Sprintf("%08x", id/perBlock)} }

func (b block) has(id uint32) bool {
	return binary.BigEndian.Uint32(b)&(1<<(id%perBlock)) != 0
}

func (b block) key(id uint32) *keys.PreKey {
	at := 4 + int(id%perBlock)*32
	return &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey([32]byte(b[at : at+32])), KeyID: id}
}

// set stores the key of id, or removes it when priv is nil.
func (b block) set(id uint32, priv *[32]byte) {
	bits, bit := binary.BigEndian.Uint32(b), uint32(1)<<(id%perBlock)
	at := 4 + int(id%perBlock)*32
	if priv == nil {
		clear(b[at : at+32])
		binary.BigEndian.PutUint32(b, bits&^bit)
		return
	}
	copy(b[at:], priv[:])
	binary.BigEndian.PutUint32(b, bits|bit)
}

// block returns a copy of the block that holds id.
func (r *ring) block(ctx context.Context, id uint32) (block, error) {
	stored, err := r.get(ctx, blockKey(id))
	if err != nil {
		return nil, err
	}
	b := make(block, blockSize)
	copy(b, stored)
	return b, nil
}

// GetPreKey returns a one-time key; nil when it was used.
func (r *ring) GetPreKey(ctx context.Context, id uint32) (*keys.PreKey, error) {
	b, err := r.block(ctx, id)
	if err != nil || !b.has(id) {
		return nil, err
	}
	return b.key(id), nil
}

// RemovePreKey forgets a used key. Within a decryption it waits for its success: another key may be made in the same block meanwhile.
func (r *ring) RemovePreKey(ctx context.Context, id uint32) error {
	if t := txnOf(ctx); t != nil {
		t.used = append(t.used, id)
		return nil
	}
	r.prekeys.Lock()
	defer r.prekeys.Unlock()
	b, err := r.block(ctx, id)
	if err != nil || !b.has(id) {
		return err
	}
	state, err := r.prekeyState(ctx)
	if err != nil {
		return err
	}
	b.set(id, nil)
	if id <= state.uploaded && state.left > 0 {
		state.left--
	}
	return r.set(ctx, Record{blockKey(id), b}, state.record())
}

// GetOrGenPreKeys returns count keys that are not at WhatsApp yet, making those that are missing. They are durable when it returns.
func (r *ring) GetOrGenPreKeys(ctx context.Context, count uint32) ([]*keys.PreKey, error) {
	r.prekeys.Lock()
	defer r.prekeys.Unlock()
	state, err := r.prekeyState(ctx)
	if err != nil {
		return nil, err
	}
	var got []*keys.PreKey
	for id := state.uploaded + 1; id < state.next && uint32(len(got)) < count; id++ {
		key, err := r.GetPreKey(ctx, id)
		if err != nil {
			return nil, err
		} else if key != nil {
			got = append(got, key)
		}
	}
	made, err := r.makePreKeys(ctx, &state, count-uint32(len(got)))
	if err != nil {
		return nil, err
	}
	return append(got, made...), r.commit(ctx, state.record())
}

// makePreKeys makes count new keys, pending.
func (r *ring) makePreKeys(ctx context.Context, state *prekeyState, count uint32) ([]*keys.PreKey, error) {
	blocks := map[Key]block{}
	made := make([]*keys.PreKey, 0, count)
	for ; count > 0; count-- {
		key := keys.NewPreKey(state.next)
		k := blockKey(key.KeyID)
		if blocks[k] == nil {
			b, err := r.block(ctx, key.KeyID)
			if err != nil {
				return nil, err
			}
			blocks[k] = b
		}
		blocks[k].set(key.KeyID, key.Priv)
		made = append(made, key)
		state.next++
	}
	for k, b := range blocks {
		if err := r.set(ctx, Record{k, b}); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// GenOnePreKey makes a key that is handed out at once, in a retry receipt.
func (r *ring) GenOnePreKey(ctx context.Context) (*keys.PreKey, error) {
	r.prekeys.Lock()
	defer r.prekeys.Unlock()
	state, err := r.prekeyState(ctx)
	if err != nil {
		return nil, err
	}
	made, err := r.makePreKeys(ctx, &state, 1)
	if err != nil {
		return nil, err
	}
	return made[0], r.commit(ctx, state.record())
}

// MarkPreKeysAsUploaded notes that WhatsApp has the keys up to id.
func (r *ring) MarkPreKeysAsUploaded(ctx context.Context, upTo uint32) error {
	r.prekeys.Lock()
	defer r.prekeys.Unlock()
	state, err := r.prekeyState(ctx)
	if err != nil || upTo <= state.uploaded {
		return err
	}
	for at := state.uploaded + 1; at <= upTo; at = (at/perBlock + 1) * perBlock {
		r.cache.forget(r.generation, blockKey(at)) // 25 KB of keys that wait, most of them for months, until somebody writes
	}
	state.left += upTo - state.uploaded
	state.uploaded = upTo
	return r.commit(ctx, state.record())
}

// UploadedPreKeyCount is how many unused keys WhatsApp should have.
func (r *ring) UploadedPreKeyCount(ctx context.Context) (int, error) {
	state, err := r.prekeyState(ctx)
	return int(state.left), err
}
