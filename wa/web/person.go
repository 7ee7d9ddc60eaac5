package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// lidMap is whatsmeow's map of phones and LIDs, per workspace. (Its own is one for the whole database: one tenant's contacts would answer another's.)
type lidMap struct {
	*ring
	// learned is told of pairs that did not come with a message.
	learned func(ctx context.Context, pairs []store.LIDMapping) error
}

// PutLIDMapping keeps a pair, when it is new.
func (m lidMap) PutLIDMapping(ctx context.Context, lid, pn types.JID) error {
	_, err := m.put(ctx, lid, pn)
	return err
}

// lidsAtOnce is how many pairs one statement looks up.
const lidsAtOnce = 500

// PutManyLIDMappings keeps the pairs that are new and reports them.
func (m lidMap) PutManyLIDMappings(ctx context.Context, pairs []store.LIDMapping) error {
	var fresh []store.LIDMapping
	for part := range slices.Chunk(pairs, lidsAtOnce) {
		phones := make([]string, 0, len(part))
		for _, p := range part {
			phones = append(phones, p.PN.User)
		}
		if _, err := m.getMany(ctx, kindLID, phones...); err != nil { // put finds them in the cache
			return err
		}
		for _, p := range part {
			isNew, err := m.put(ctx, p.LID, p.PN)
			if err != nil {
				return err
			} else if isNew {
				fresh = append(fresh, p)
			}
		}
	}
	if len(fresh) == 0 || m.learned == nil {
		return nil
	}
	if err := m.learned(ctx, fresh); err != nil {
		return m.fail(ctx, err)
	}
	return nil
}

func (m lidMap) put(ctx context.Context, lid, pn types.JID) (isNew bool, err error) {
	if lid.Server != types.HiddenUserServer || pn.Server != types.DefaultUserServer {
		return false, nil
	}
	known, err := m.get(ctx, Key{kindLID, pn.User})
	if err != nil || string(known) == lid.User {
		return false, err
	}
	// Not part of a decryption that may fail: what belongs together does so whatever becomes of the message.
	outside := context.WithValue(ctx, txnContext{}, (*txn)(nil))
	return true, m.set(outside, Record{Key{kindLID, pn.User}, []byte(lid.User)}, Record{Key{kindPhone, lid.User}, []byte(pn.User)})
}

// GetLIDForPN returns the LID of a phone, with the phone's device number; empty when unknown.
func (m lidMap) GetLIDForPN(ctx context.Context, pn types.JID) (types.JID, error) {
	return m.other(ctx, kindLID, pn, types.DefaultUserServer, types.HiddenUserServer)
}

// GetPNForLID returns the phone of a LID, with the LID's device number; empty when unknown.
func (m lidMap) GetPNForLID(ctx context.Context, lid types.JID) (types.JID, error) {
	return m.other(ctx, kindPhone, lid, types.HiddenUserServer, types.DefaultUserServer)
}

func (m lidMap) other(ctx context.Context, kind Kind, jid types.JID, from, to string) (types.JID, error) {
	if jid.Server != from {
		return types.EmptyJID, fmt.Errorf("%s is not at %s", jid.Server, from)
	}
	user, err := m.get(ctx, Key{kind, jid.User})
	if err != nil || user == nil {
		return types.EmptyJID, err
	}
	return types.JID{User: string(user), Device: jid.Device, Server: to}, nil
}

// GetManyLIDsForPNs returns the known LIDs.
func (m lidMap) GetManyLIDsForPNs(ctx context.Context, pns []types.JID) (map[types.JID]types.JID, error) {
	users := make([]string, 0, len(pns))
	for _, pn := range pns {
		users = append(users, pn.User)
	}
	found, err := m.getMany(ctx, kindLID, users...)
	if err != nil {
		return nil, err
	}
	lids := make(map[types.JID]types.JID, len(found))
	for _, pn := range pns {
		if lid, ok := found[pn.User]; ok && pn.Server == types.DefaultUserServer {
			lids[pn] = types.JID{User: string(lid), Device: pn.Device, Server: types.HiddenUserServer}
		}
	}
	return lids, nil
}

// privacyToken is a privacy token as it is stored; times are Unix seconds.
type privacyToken struct {
	Token    []byte `json:"token"`
	At       int64  `json:"at"`
	SenderAt int64  `json:"sender_at,omitempty"`
}

// PutPrivacyTokens keeps tokens that are not older than the kept ones.
func (m lidMap) PutPrivacyTokens(ctx context.Context, tokens ...store.PrivacyToken) error {
	var records []Record
	for _, t := range tokens {
		k := Key{KindToken, t.User.ToNonAD().String()}
		known, err := m.token(ctx, k)
		if err != nil {
			return err
		}
		fresh := privacyToken{Token: t.Token, At: t.Timestamp.Unix()}
		if !t.SenderTimestamp.IsZero() {
			fresh.SenderAt = t.SenderTimestamp.Unix()
		}
		if known != nil && known.At > fresh.At {
			continue
		}
		if known != nil && fresh.SenderAt == 0 {
			fresh.SenderAt = known.SenderAt
		}
		value, err := json.Marshal(fresh)
		if err != nil {
			return fmt.Errorf("privacy token: %w", err)
		}
		records = append(records, Record{k, value})
	}
	return m.commit(ctx, records...)
}

// GetPrivacyToken returns the newest token of a person, under their LID or phone; nil when there is none.
func (m lidMap) GetPrivacyToken(ctx context.Context, user types.JID) (*store.PrivacyToken, error) {
	user = user.ToNonAD()
	best, err := m.token(ctx, Key{KindToken, user.String()})
	if err != nil {
		return nil, err
	}
	if alt, err := m.alternative(ctx, user); err != nil {
		return nil, err
	} else if !alt.IsEmpty() {
		other, err := m.token(ctx, Key{KindToken, alt.String()})
		if err != nil {
			return nil, err
		}
		if other != nil && (best == nil || other.At > best.At) {
			best = other
		}
	}
	if best == nil {
		return nil, nil
	}
	found := &store.PrivacyToken{User: user, Token: best.Token, Timestamp: time.Unix(best.At, 0)}
	if best.SenderAt != 0 {
		found.SenderTimestamp = time.Unix(best.SenderAt, 0)
	}
	return found, nil
}

func (m lidMap) alternative(ctx context.Context, user types.JID) (types.JID, error) {
	switch user.Server {
	case types.HiddenUserServer:
		return m.GetPNForLID(ctx, user)
	case types.DefaultUserServer:
		return m.GetLIDForPN(ctx, user)
	default:
		return types.EmptyJID, nil
	}
}

func (m lidMap) token(ctx context.Context, k Key) (*privacyToken, error) {
	value, err := m.get(ctx, k)
	if err != nil || value == nil {
		return nil, err
	}
	var t privacyToken
	return &t, json.Unmarshal(value, &t)
}

// DeleteExpiredPrivacyTokens forgets tokens from before cutoff.
func (m lidMap) DeleteExpiredPrivacyTokens(ctx context.Context, cutoff time.Time) (int64, error) {
	found, err := m.scan(ctx, KindToken, "")
	if err != nil {
		return 0, err
	}
	var records []Record
	for name, value := range found {
		var t privacyToken
		if json.Unmarshal(value, &t) != nil || t.At < cutoff.Unix() {
			records = append(records, Record{Key: Key{KindToken, name}})
		}
	}
	return int64(len(records)), m.set(ctx, records...)
}

// PutNCTSalt keeps the salt from which tokens for strangers are made.
func (m lidMap) PutNCTSalt(ctx context.Context, salt []byte) error {
	return m.commit(ctx, Record{Key{KindSalt, ""}, salt})
}

// GetNCTSalt returns the salt; nil when it has not arrived.
func (m lidMap) GetNCTSalt(ctx context.Context) ([]byte, error) { return m.get(ctx, Key{KindSalt, ""}) }

// DeleteNCTSalt forgets the salt.
func (m lidMap) DeleteNCTSalt(ctx context.Context) error {
	return m.commit(ctx, Record{Key: Key{KindSalt, ""}})
}
