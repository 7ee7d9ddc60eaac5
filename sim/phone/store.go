package phone

import (
	"context"

	"go.mau.fi/libsignal/ecc"
	groups "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/state/record"
	signal "go.mau.fi/libsignal/state/store"
)

var _ signal.SignalProtocol = (*signalStore)(nil)

// signalStore is libsignal's store of one endpoint, in memory. Session records are kept as
// objects: serializing them per message is a sixth of the cost of a message (measured).
// Every identity is trusted, as WhatsApp does. Sender keys have a place for the day when
// groups are simulated.
type signalStore struct {
	own        *ownKeys
	sessions   map[string]*record.Session
	senderKeys map[string]*groups.SenderKey
}

// GetIdentityKeyPair implements libsignal's IdentityKey.
func (s *signalStore) GetIdentityKeyPair() *identity.KeyPair {
	return identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(*s.own.identity.Pub)), ecc.NewDjbECPrivateKey(*s.own.identity.Priv))
}

// GetLocalRegistrationID implements libsignal's IdentityKey.
func (s *signalStore) GetLocalRegistrationID() uint32 { return s.own.registration }

// SaveIdentity implements libsignal's IdentityKey.
func (s *signalStore) SaveIdentity(context.Context, *protocol.SignalAddress, *identity.Key) error {
	return nil
}

// IsTrustedIdentity implements libsignal's IdentityKey.
func (s *signalStore) IsTrustedIdentity(context.Context, *protocol.SignalAddress, *identity.Key) (bool, error) {
	return true, nil
}

// LoadPreKey implements libsignal's PreKey; there are no one-time keys.
func (s *signalStore) LoadPreKey(context.Context, uint32) (*record.PreKey, error) { return nil, nil }

// StorePreKey implements libsignal's PreKey.
func (s *signalStore) StorePreKey(context.Context, uint32, *record.PreKey) error { return nil }

// ContainsPreKey implements libsignal's PreKey.
func (s *signalStore) ContainsPreKey(context.Context, uint32) (bool, error) { return false, nil }

// RemovePreKey implements libsignal's PreKey.
func (s *signalStore) RemovePreKey(context.Context, uint32) error { return nil }

// LoadSession implements libsignal's Session.
func (s *signalStore) LoadSession(_ context.Context, a *protocol.SignalAddress) (*record.Session, error) {
	if r := s.sessions[a.String()]; r != nil {
		return r, nil
	}
	ser := serializer()
	return record.NewSession(ser.Session, ser.State), nil
}

// GetSubDeviceSessions implements libsignal's Session.
func (s *signalStore) GetSubDeviceSessions(context.Context, string) ([]uint32, error) {
	return nil, nil
}

// StoreSession implements libsignal's Session.
func (s *signalStore) StoreSession(_ context.Context, a *protocol.SignalAddress, r *record.Session) error {
	if s.sessions == nil {
		s.sessions = map[string]*record.Session{}
	}
	s.sessions[a.String()] = r
	return nil
}

// ContainsSession implements libsignal's Session.
func (s *signalStore) ContainsSession(_ context.Context, a *protocol.SignalAddress) (bool, error) {
	return s.sessions[a.String()] != nil, nil
}

// DeleteSession implements libsignal's Session.
func (s *signalStore) DeleteSession(_ context.Context, a *protocol.SignalAddress) error {
	delete(s.sessions, a.String())
	return nil
}

// DeleteAllSessions implements libsignal's Session.
func (s *signalStore) DeleteAllSessions(context.Context) error {
	clear(s.sessions)
	return nil
}

// LoadSignedPreKey implements libsignal's SignedPreKey.
func (s *signalStore) LoadSignedPreKey(_ context.Context, id uint32) (*record.SignedPreKey, error) {
	if id != 1 {
		return nil, nil
	}
	pair := ecc.NewECKeyPair(ecc.NewDjbECPublicKey(*s.own.signed.Pub), ecc.NewDjbECPrivateKey(*s.own.signed.Priv))
	return record.NewSignedPreKey(1, 0, pair, s.own.signature, nil), nil
}

// LoadSignedPreKeys implements libsignal's SignedPreKey.
func (s *signalStore) LoadSignedPreKeys(context.Context) ([]*record.SignedPreKey, error) {
	return nil, nil
}

// StoreSignedPreKey implements libsignal's SignedPreKey.
func (s *signalStore) StoreSignedPreKey(context.Context, uint32, *record.SignedPreKey) error {
	return nil
}

// ContainsSignedPreKey implements libsignal's SignedPreKey.
func (s *signalStore) ContainsSignedPreKey(_ context.Context, id uint32) (bool, error) {
	return id == 1, nil
}

// RemoveSignedPreKey implements libsignal's SignedPreKey.
func (s *signalStore) RemoveSignedPreKey(context.Context, uint32) error { return nil }

// StoreSenderKey implements libsignal's SenderKey.
func (s *signalStore) StoreSenderKey(_ context.Context, name *protocol.SenderKeyName, r *groups.SenderKey) error {
	if s.senderKeys == nil {
		s.senderKeys = map[string]*groups.SenderKey{}
	}
	s.senderKeys[name.GroupID()+" "+name.Sender().String()] = r
	return nil
}

// LoadSenderKey implements libsignal's SenderKey.
func (s *signalStore) LoadSenderKey(_ context.Context, name *protocol.SenderKeyName) (*groups.SenderKey, error) {
	if r := s.senderKeys[name.GroupID()+" "+name.Sender().String()]; r != nil {
		return r, nil
	}
	ser := serializer()
	return groups.NewSenderKey(ser.SenderKeyRecord, ser.SenderKeyState), nil
}
