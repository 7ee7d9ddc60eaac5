package web

import (
	"context"

	"github.com/sapa-chat/sapa/wa"
)

// DeviceStore keeps the records of linked devices: opaque values under a kind and a key. Everything in it is secret, and
// the implementation seals every value. Every method is one transaction; a write is refused when the number's epoch is no longer the current one.
type DeviceStore interface {
	// Read returns those of the records that exist.
	Read(ctx context.Context, n wa.NumberRef, kind Kind, keys ...string) (map[string][]byte, error)
	// Scan returns the records of a kind whose keys begin with prefix.
	Scan(ctx context.Context, n wa.NumberRef, kind Kind, prefix string) (map[string][]byte, error)
	// Write makes a batch durable, whole or not at all.
	Write(ctx context.Context, n wa.NumberRef, b Batch) error
	// Forget deletes every record of the number.
	Forget(ctx context.Context, n wa.NumberRef) error
	// LIDs returns the hidden account ids of phones (digits), Phones the reverse, as far as the workspace knows them.
	LIDs(ctx context.Context, workspace string, phones ...string) (map[string]string, error)
	Phones(ctx context.Context, workspace string, lids ...string) (map[string]string, error)
}

// Kind is what a record holds.
type Kind string

// The kinds. They are stored: never change one.
const (
	KindDevice      Kind = "device"       // one, key "": the device's own keys
	KindSession     Kind = "session"      // by Signal address
	KindIdentity    Kind = "identity"     // by Signal address
	KindSenderKey   Kind = "sender_key"   // by Signal address and group
	KindPrekeys     Kind = "prekeys"      // blocks of 32 one-time keys
	KindPrekeyState Kind = "prekey_state" // one, key "": counters
	KindAppKey      Kind = "app_key"      // by key id
	KindAppVersion  Kind = "app_version"  // by collection
	KindAppMAC      Kind = "app_mac"      // by collection and index
	KindToken       Kind = "token"        // privacy tokens by user
	KindSalt        Kind = "salt"         // one, key ""
	KindHistory     Kind = "history"      // parts of the past that were announced and are not stored yet
	KindBuffer      Kind = "buffer"       // plaintexts that are not handled yet, by hash of their ciphertext

	kindLID      Kind = "lid"      // by phone; kept per workspace
	kindPhone    Kind = "phone"    // by LID; the reverse, cached only
	kindMigrated Kind = "migrated" // cached only
)

// Key names a record of a number.
type Key struct {
	Kind Kind
	Name string
}

// Record is a key with its value.
type Record struct {
	Key
	Value []byte
}

// Batch is what becomes durable in one transaction.
type Batch struct {
	Put    []Record
	Delete []Key
	// LIDs are pairs of phone (digits) and LID that belong together.
	LIDs []LIDPair
}

// LIDPair is one person's phone (digits) and LID.
type LIDPair struct{ Phone, LID string }
