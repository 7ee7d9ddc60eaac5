package web

import (
	"bytes"
	"context"
)

// PutIdentity keeps a contact's identity key, when it is not the one that is kept already.
func (r *ring) PutIdentity(ctx context.Context, address string, key [32]byte) error {
	k := Key{KindIdentity, address}
	known, err := r.get(ctx, k)
	if err != nil || bytes.Equal(known, key[:]) {
		return err
	}
	return r.set(ctx, Record{k, key[:]})
}

// IsTrustedIdentity trusts a key that is the kept one, or the first.
func (r *ring) IsTrustedIdentity(ctx context.Context, address string, key [32]byte) (bool, error) {
	known, err := r.get(ctx, Key{KindIdentity, address})
	return err == nil && (known == nil || bytes.Equal(known, key[:])), err
}

// DeleteIdentity forgets the key of one device.
func (r *ring) DeleteIdentity(ctx context.Context, address string) error {
	return r.set(ctx, Record{Key: Key{KindIdentity, address}})
}

// DeleteAllIdentities forgets the keys of all devices of a user.
func (r *ring) DeleteAllIdentities(ctx context.Context, user string) error {
	return r.deleteAll(ctx, KindIdentity, user+":")
}

// GetSession returns a Signal session; nil when there is none.
func (r *ring) GetSession(ctx context.Context, address string) ([]byte, error) {
	return r.get(ctx, Key{KindSession, address})
}

// HasSession tells whether there is a session.
func (r *ring) HasSession(ctx context.Context, address string) (bool, error) {
	session, err := r.get(ctx, Key{KindSession, address})
	return session != nil, err
}

// GetManySessions returns sessions by address; nil for those that do not exist. With it a send's turn begins.
func (r *ring) GetManySessions(ctx context.Context, addresses []string) (map[string][]byte, error) {
	encryptionOf(ctx).begin()
	found, err := r.getMany(ctx, KindSession, addresses...)
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		if _, ok := found[address]; !ok {
			found[address] = nil
		}
	}
	return found, nil
}

// PutSession keeps a session: with the running decryption, else durably.
func (r *ring) PutSession(ctx context.Context, address string, session []byte) error {
	return r.commit(ctx, Record{Key{KindSession, address}, session})
}

// PutManySessions keeps the sessions of one send. They are durable when it returns: used again after a
// crash, the same message keys would be ignored by the recipients as old. With them the send's turn ends.
func (r *ring) PutManySessions(ctx context.Context, sessions map[string][]byte) error {
	records := make([]Record, 0, len(sessions))
	for address, session := range sessions {
		records = append(records, Record{Key{KindSession, address}, session})
	}
	err := r.set(ctx, records...)
	encryptionOf(ctx).end()
	if err != nil {
		return err
	}
	return r.flush(ctx)
}

// DeleteSession forgets the session with one device.
func (r *ring) DeleteSession(ctx context.Context, address string) error {
	return r.set(ctx, Record{Key: Key{KindSession, address}})
}

// DeleteAllSessions forgets the sessions with all devices of a user.
func (r *ring) DeleteAllSessions(ctx context.Context, user string) error {
	return r.deleteAll(ctx, KindSession, user+":")
}

// PutSenderKey keeps a group's sender key: with the running decryption, else durably.
func (r *ring) PutSenderKey(ctx context.Context, group, user string, key []byte) error {
	return r.commit(ctx, Record{senderKey(group, user), key})
}

// GetSenderKey returns a group's sender key; nil when there is none.
func (r *ring) GetSenderKey(ctx context.Context, group, user string) ([]byte, error) {
	return r.get(ctx, senderKey(group, user))
}

// senderKey begins with the user, so that MigratePNToLID finds all of theirs.
func senderKey(group, user string) Key { return Key{KindSenderKey, user + "|" + group} }

func (r *ring) deleteAll(ctx context.Context, kind Kind, prefix string) error {
	found, err := r.scan(ctx, kind, prefix)
	if err != nil {
		return err
	}
	records := make([]Record, 0, len(found))
	for name := range found {
		records = append(records, Record{Key: Key{kind, name}})
	}
	return r.set(ctx, records...)
}
