package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// PutAppStateSyncKey keeps a key of the account's app state, if it is newer than the kept one.
func (r *ring) PutAppStateSyncKey(ctx context.Context, id []byte, key store.AppStateSyncKey) error {
	known, err := r.GetAppStateSyncKey(ctx, id)
	if err != nil || (known != nil && known.Timestamp >= key.Timestamp) {
		return err
	}
	value, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("app state key: %w", err)
	}
	return r.commit(ctx, Record{Key{KindAppKey, hex.EncodeToString(id)}, value})
}

// GetAppStateSyncKey returns a key; nil when there is none.
func (r *ring) GetAppStateSyncKey(ctx context.Context, id []byte) (*store.AppStateSyncKey, error) {
	value, err := r.get(ctx, Key{KindAppKey, hex.EncodeToString(id)})
	if err != nil || value == nil {
		return nil, err
	}
	var key store.AppStateSyncKey
	return &key, json.Unmarshal(value, &key)
}

// GetLatestAppStateSyncKeyID returns the newest key's id; nil when there is none.
func (r *ring) GetLatestAppStateSyncKeyID(ctx context.Context) ([]byte, error) {
	found, err := r.appKeys(ctx)
	if err != nil {
		return nil, err
	}
	latest, at := "", int64(-1)
	for name, key := range found {
		if key.Timestamp > at {
			latest, at = name, key.Timestamp
		}
	}
	if latest == "" {
		return nil, nil
	}
	return hex.DecodeString(latest)
}

// GetAllAppStateSyncKeys returns all keys, in no order.
func (r *ring) GetAllAppStateSyncKeys(ctx context.Context) ([]*store.AppStateSyncKey, error) {
	found, err := r.appKeys(ctx)
	all := make([]*store.AppStateSyncKey, 0, len(found))
	for _, key := range found {
		all = append(all, key)
	}
	return all, err
}

func (r *ring) appKeys(ctx context.Context) (map[string]*store.AppStateSyncKey, error) {
	found, err := r.scan(ctx, KindAppKey, "")
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*store.AppStateSyncKey, len(found))
	for name, value := range found {
		var key store.AppStateSyncKey
		if err := json.Unmarshal(value, &key); err != nil {
			return nil, fmt.Errorf("app state key: %w", err)
		}
		keys[name] = &key
	}
	return keys, nil
}

// PutAppStateVersion keeps a collection's version and hash.
func (r *ring) PutAppStateVersion(ctx context.Context, name string, version uint64, sum [128]byte) error {
	return r.commit(ctx, Record{Key{KindAppVersion, name}, append(binary.BigEndian.AppendUint64(nil, version), sum[:]...)})
}

// GetAppStateVersion returns version 0 for a collection that was never fetched.
func (r *ring) GetAppStateVersion(ctx context.Context, name string) (version uint64, sum [128]byte, err error) {
	value, err := r.get(ctx, Key{KindAppVersion, name})
	if err != nil || len(value) != 8+128 {
		return 0, sum, err
	}
	return binary.BigEndian.Uint64(value), [128]byte(value[8:]), nil
}

// DeleteAppStateVersion forgets a collection with its mutations.
func (r *ring) DeleteAppStateVersion(ctx context.Context, name string) error {
	if err := r.deleteAll(ctx, KindAppMAC, name+"|"); err != nil {
		return err
	}
	return r.commit(ctx, Record{Key: Key{KindAppVersion, name}})
}

// PutAppStateMutationMACs keeps the MACs of a patch's values by those of their indexes.
func (r *ring) PutAppStateMutationMACs(ctx context.Context, name string, _ uint64, mutations []store.AppStateMutationMAC) error {
	records := make([]Record, len(mutations))
	for i, m := range mutations {
		records[i] = Record{macKey(name, m.IndexMAC), m.ValueMAC}
	}
	return r.commit(ctx, records...)
}

// DeleteAppStateMutationMACs forgets mutations that were removed.
func (r *ring) DeleteAppStateMutationMACs(ctx context.Context, name string, indexMACs [][]byte) error {
	records := make([]Record, len(indexMACs))
	for i, mac := range indexMACs {
		records[i] = Record{Key: macKey(name, mac)}
	}
	return r.commit(ctx, records...)
}

// GetAppStateMutationMAC returns a value's MAC; nil when there is none.
func (r *ring) GetAppStateMutationMAC(ctx context.Context, name string, indexMAC []byte) ([]byte, error) {
	return r.get(ctx, macKey(name, indexMAC))
}

func macKey(collection string, indexMAC []byte) Key {
	return Key{KindAppMAC, collection + "|" + hex.EncodeToString(indexMAC)}
}

// Contacts, chat settings and message secrets are not kept here: the identity graph of package inbox knows contacts, and nothing uses the others yet.

// PutPushName says that nothing changed: names travel with messages.
func (r *ring) PutPushName(context.Context, types.JID, string) (bool, string, error) {
	return false, "", nil
}

// PutBusinessName says that nothing changed.
func (r *ring) PutBusinessName(context.Context, types.JID, string) (bool, string, error) {
	return false, "", nil
}

// PutContactName does nothing.
func (r *ring) PutContactName(context.Context, types.JID, string, string) error { return nil }

// PutAllContactNames does nothing.
func (r *ring) PutAllContactNames(context.Context, []store.ContactEntry) error { return nil }

// PutManyRedactedPhones does nothing.
func (r *ring) PutManyRedactedPhones(context.Context, []store.RedactedPhoneEntry) error { return nil }

// GetContact knows nobody.
func (r *ring) GetContact(context.Context, types.JID) (types.ContactInfo, error) {
	return types.ContactInfo{}, nil
}

// GetAllContacts knows nobody.
func (r *ring) GetAllContacts(context.Context) (map[types.JID]types.ContactInfo, error) {
	return nil, nil
}

// PutMutedUntil does nothing.
func (r *ring) PutMutedUntil(context.Context, types.JID, time.Time) error { return nil }

// PutPinned does nothing.
func (r *ring) PutPinned(context.Context, types.JID, bool) error { return nil }

// PutArchived does nothing.
func (r *ring) PutArchived(context.Context, types.JID, bool) error { return nil }

// GetChatSettings knows none.
func (r *ring) GetChatSettings(context.Context, types.JID) (types.LocalChatSettings, error) {
	return types.LocalChatSettings{}, nil
}

// PutMessageSecrets does nothing.
func (r *ring) PutMessageSecrets(context.Context, []store.MessageSecretInsert) error { return nil }

// PutMessageSecret does nothing.
func (r *ring) PutMessageSecret(context.Context, types.JID, types.JID, types.MessageID, []byte) error {
	return nil
}

// GetMessageSecret finds nothing.
func (r *ring) GetMessageSecret(context.Context, types.JID, types.JID, types.MessageID) ([]byte, types.JID, error) {
	return nil, types.EmptyJID, nil
}
