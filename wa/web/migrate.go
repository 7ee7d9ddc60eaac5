package web

import (
	"context"
	"strings"

	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// MigratePNToLID moves what is kept under a phone number to the LID of the same person, once per connection. What is under the
// LID already stays: it is the newer, made by an answer to the LID before it was known whose it is. whatsmeow's own store
// overwrites it (store/sqlstore, migratePNToLIDSessionsQuery), after which the contact's next message has to be asked for twice.
func (r *ring) MigratePNToLID(ctx context.Context, pn, lid types.JID) error {
	from, to := pn.SignalAddressUser()+":", lid.SignalAddressUser()+":"
	done, err := r.get(ctx, Key{kindMigrated, from})
	if err != nil || done != nil {
		return err
	}
	turn := encryptionOf(ctx)
	if turn == nil { // a decryption is about to begin; a send has not read its sessions yet
		turn = &encryption{turns: &r.turns}
	}
	if !turn.held {
		turn.begin()
		defer turn.end()
	}
	for _, kind := range []Kind{KindSession, KindIdentity, KindSenderKey} {
		if err := r.move(ctx, kind, from, to); err != nil {
			return err
		}
	}
	r.remember(Key{kindMigrated, from}, []byte{1})
	return nil
}

func (r *ring) move(ctx context.Context, kind Kind, from, to string) error {
	found, err := r.scan(ctx, kind, from)
	if err != nil {
		return err
	}
	for name, value := range found {
		k := Key{kind, to + strings.TrimPrefix(name, from)}
		newer, err := r.get(ctx, k)
		if err != nil {
			return err
		}
		switch {
		case newer == nil:
		case kind == KindSession:
			value = joinSessions(newer, value)
		default:
			value = newer
		}
		if err := r.set(ctx, Record{k, value}, Record{Key: Key{kind, name}}); err != nil {
			return err
		}
	}
	return nil
}

// joinSessions keeps the older of a device's two sessions behind the newer, so that messages of both can be read.
func joinSessions(newer, older []byte) []byte {
	s := store.SignalProtobufSerializer
	a, err := record.NewSessionFromBytes(newer, s.Session, s.State)
	if err != nil {
		return newer
	}
	b, err := record.NewSessionFromBytes(older, s.Session, s.State)
	if err != nil {
		return newer
	}
	for i := len(a.PreviousSessionStates()) - 1; i >= 0; i-- {
		b.PromoteState(a.PreviousSessionStates()[i])
	}
	b.PromoteState(a.SessionState())
	return b.Serialize()
}
