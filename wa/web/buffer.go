package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

var errClosed = errors.New("the connection was closed")

// hash is the SHA-256 of a ciphertext with its sender, as whatsmeow makes it.
type hash [32]byte

func (h hash) key() Key { return Key{KindBuffer, hex.EncodeToString(h[:])} }

// flight is a message between its decryption and the receiver's commit.
type flight struct {
	plaintext     []byte
	server, since time.Time
	// durable says that the plaintext is (about to be) in the database.
	durable bool
}

// encode writes a flight as 8 bytes of our time, 8 bytes of the server's (Unix ms, s), and the plaintext.
func (f *flight) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(f.since.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(f.server.Unix()))
	return append(b, f.plaintext...)
}

func decodeFlight(b []byte) (*flight, error) {
	if len(b) < 16 {
		return nil, errors.New("buffered message is too short")
	}
	return &flight{
		since:     time.UnixMilli(int64(binary.BigEndian.Uint64(b))),
		server:    time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0),
		plaintext: b[16:], durable: true,
	}, nil
}

// bufferedFor is how long WhatsApp keeps what was not acknowledged (whatsmeow, store/sqlstore/store.go: DeleteOldBufferedHashes).
const bufferedFor = 14 * 24 * time.Hour

// loadFlights reads the plaintexts that an earlier connection left, so that looking one up costs nothing.
func (r *ring) loadFlights(ctx context.Context) error {
	found, err := r.scan(ctx, KindBuffer, "")
	if err != nil {
		return err
	}
	for name, value := range found {
		f, err := decodeFlight(value)
		raw, hexErr := hex.DecodeString(name)
		if err != nil || hexErr != nil || len(raw) != 32 || r.now().Sub(f.since) > bufferedFor {
			if err := r.set(ctx, Record{Key: Key{KindBuffer, name}}); err != nil {
				return err
			}
			continue
		}
		r.mu.Lock()
		r.flights[hash(raw)] = f
		r.mu.Unlock()
	}
	return nil
}

// txn is what one decryption changes, until it succeeds.
type txn struct {
	writes map[Key][]byte
	hash   hash
	flight *flight
	used   []uint32 // one-time keys
}

type txnContext struct{}

func txnOf(ctx context.Context) *txn {
	t, _ := ctx.Value(txnContext{}).(*txn)
	return t
}

// DoDecryptionTxn runs one decryption. What it changes is kept when it succeeds and forgotten when not.
func (r *ring) DoDecryptionTxn(ctx context.Context, fn func(context.Context) error) error {
	t := &txn{writes: map[Key][]byte{}}
	if err := r.decrypt(ctx, t, fn); err != nil {
		return err
	}
	for _, id := range t.used { // after the session: a key that goes first could not decrypt a second arrival
		if err := r.RemovePreKey(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *ring) decrypt(ctx context.Context, t *txn, fn func(context.Context) error) error {
	r.turns.mu.Lock()
	defer r.turns.mu.Unlock()
	if err := fn(context.WithValue(ctx, txnContext{}, t)); err != nil {
		return err
	}
	return r.merge(t)
}

// merge makes what a decryption changed pending.
func (r *ring) merge(t *txn) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return r.dead
	}
	for k, value := range t.writes {
		r.pending[k] = &pending{value}
	}
	if t.flight != nil {
		r.flights[t.hash] = t.flight
	}
	r.arm()
	return nil
}

// PutBufferedEvent notes the plaintext of the running decryption. It reaches the database only if the keys do before the message is handled.
func (r *ring) PutBufferedEvent(ctx context.Context, ciphertextHash [32]byte, plaintext []byte, server time.Time) error {
	t := txnOf(ctx)
	if t == nil {
		return r.fail(ctx, errors.New("a plaintext outside of a decryption"))
	}
	t.hash, t.flight = ciphertextHash, &flight{plaintext: plaintext, server: server, since: r.now()}
	return nil
}

// GetBufferedEvent returns a plaintext that was decrypted before and not handled.
func (r *ring) GetBufferedEvent(_ context.Context, ciphertextHash [32]byte) (*store.BufferedEvent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return nil, r.dead
	}
	f, ok := r.flights[ciphertextHash]
	if !ok {
		return nil, nil
	}
	return &store.BufferedEvent{Plaintext: f.plaintext, InsertTime: f.since, ServerTime: f.server}, nil
}

// ClearBufferedEventPlaintext is told that the message was handled: its keys may be written now without it.
func (r *ring) ClearBufferedEventPlaintext(_ context.Context, ciphertextHash [32]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead != nil {
		return r.dead
	}
	h := hash(ciphertextHash)
	if f := r.flights[h]; f != nil && f.durable {
		r.pending[h.key()] = &pending{}
		r.arm()
	}
	delete(r.flights, h)
	return nil
}

// DeleteOldBufferedHashes does nothing: old plaintexts are deleted when a connection opens.
func (r *ring) DeleteOldBufferedHashes(context.Context) error { return nil }

// The outgoing buffer is not used: sent texts are in the outbox (wa.Receiver.SentText).

// GetOutgoingEvent finds nothing.
func (r *ring) GetOutgoingEvent(context.Context, types.JID, types.JID, types.MessageID) (string, []byte, error) {
	return "", nil, nil
}

// AddOutgoingEvent does nothing.
func (r *ring) AddOutgoingEvent(context.Context, types.JID, types.MessageID, string, []byte) error {
	return nil
}

// DeleteOldOutgoingEvents does nothing.
func (r *ring) DeleteOldOutgoingEvents(context.Context) error { return nil }
