package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

var _ store.AllStores = lidMap{}
var _ store.DeviceContainer = (*ring)(nil)

// device is a linked device as it is stored: the account's keys, so the most secret record of all.
type device struct {
	JID            types.JID `json:"jid"`
	LID            types.JID `json:"lid"`
	Registration   uint32    `json:"registration"`
	Noise          [32]byte  `json:"noise"`
	Identity       [32]byte  `json:"identity"`
	SignedPreKey   [32]byte  `json:"signed_prekey"`
	SignedPreKeyID uint32    `json:"signed_prekey_id"`
	Signature      [64]byte  `json:"signature"`
	AdvSecret      []byte    `json:"adv_secret"`
	Account        []byte    `json:"account"`
	Platform       string    `json:"platform"`
	BusinessName   string    `json:"business_name"`
	PushName       string    `json:"push_name"`
	LIDMigration   int64     `json:"lid_migration"`
	MetaNonce      string    `json:"meta_nonce"`
}

// openDevice loads the number's device, or makes the keys of a new one that is stored once it is paired.
func openDevice(ctx context.Context, r *ring, m lidMap, log waLog.Logger) (*store.Device, error) {
	value, err := r.get(ctx, Key{KindDevice, ""})
	if err != nil {
		return nil, err
	}
	d := newDevice()
	if value != nil {
		if d, err = decodeDevice(value); err != nil {
			return nil, fmt.Errorf("stored device: %w", err)
		}
		if err := r.loadFlights(ctx); err != nil {
			return nil, err
		}
	}
	d.Log, d.Container, d.LIDs, d.Initialized = log, r, m, true
	d.SetAllStores(m)
	return d, nil
}

func newDevice() *store.Device {
	secret := make([]byte, 32+4)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	d := &store.Device{
		NoiseKey: keys.NewKeyPair(), IdentityKey: keys.NewKeyPair(),
		RegistrationID: binary.BigEndian.Uint32(secret[32:]), AdvSecretKey: secret[:32],
	}
	d.SignedPreKey = d.IdentityKey.CreateSignedPreKey(1)
	return d
}

func decodeDevice(value []byte) (*store.Device, error) {
	var s device
	if err := json.Unmarshal(value, &s); err != nil {
		return nil, err
	}
	account := &waAdv.ADVSignedDeviceIdentity{}
	if err := proto.Unmarshal(s.Account, account); err != nil {
		return nil, err
	}
	return &store.Device{
		ID: &s.JID, LID: s.LID, RegistrationID: s.Registration,
		NoiseKey: keys.NewKeyPairFromPrivateKey(s.Noise), IdentityKey: keys.NewKeyPairFromPrivateKey(s.Identity),
		SignedPreKey: &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey(s.SignedPreKey), KeyID: s.SignedPreKeyID, Signature: &s.Signature},
		AdvSecretKey: s.AdvSecret, Account: account, Platform: s.Platform, BusinessName: s.BusinessName, PushName: s.PushName,
		LIDMigrationTimestamp: s.LIDMigration, CompanionMetaNonce: s.MetaNonce,
	}, nil
}

// PutDevice makes a device durable: at pairing, and when its name changes.
func (r *ring) PutDevice(ctx context.Context, d *store.Device) error {
	account, err := proto.Marshal(d.Account)
	if err != nil {
		return r.fail(ctx, fmt.Errorf("device account: %w", err))
	}
	value, err := json.Marshal(device{
		JID: *d.ID, LID: d.LID, Registration: d.RegistrationID, Noise: *d.NoiseKey.Priv, Identity: *d.IdentityKey.Priv,
		SignedPreKey: *d.SignedPreKey.Priv, SignedPreKeyID: d.SignedPreKey.KeyID, Signature: *d.SignedPreKey.Signature,
		AdvSecret: d.AdvSecretKey, Account: account, Platform: d.Platform, BusinessName: d.BusinessName, PushName: d.PushName,
		LIDMigration: d.LIDMigrationTimestamp, MetaNonce: d.CompanionMetaNonce,
	})
	if err != nil {
		return r.fail(ctx, fmt.Errorf("device: %w", err))
	}
	return r.commit(ctx, Record{Key{KindDevice, ""}, value})
}

// DeleteDevice forgets all keys: whatsmeow calls it when WhatsApp has unlinked or banned the device.
func (r *ring) DeleteDevice(ctx context.Context, _ *store.Device) error {
	if err := r.store.Forget(ctx, r.number); err != nil {
		return r.fail(ctx, fmt.Errorf("forget: %w", err))
	}
	r.kill(errClosed)
	return nil
}
