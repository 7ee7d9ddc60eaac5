package web

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// maxCompanions is how many linked devices an account may have (source: WhatsApp's help
// pages; not checked).
const maxCompanions = 4

// User is one person as the server knows it: a phone number, a hidden id, a primary
// device in this process, and the linked companions.
type User struct {
	PN, LID types.JID
	// Primary is the phone or contact.
	Primary Primary
	// AppState is the encrypted settings of the account; nil for contacts.
	AppState *AppState

	pushName atomic.Pointer[string]
	hidden   atomic.Bool
	byPhone  atomic.Bool
	faults   atomic.Pointer[Faults]
	spent    atomic.Int64 // messages that the faults with a limit have hit
	timelock atomic.Pointer[map[string]any]
	banned   atomic.Pointer[banned]

	mu         sync.Mutex
	companions []*Device
	lastID     uint8
	blocked    map[string]bool // phone numbers whose messages this user refuses
	met        map[string]bool // phone numbers that have written to this user
	outreach   outreach
	strangers  map[string]bool // phone numbers that never wrote and were written to
	complaints map[string]bool // phone numbers that blocked or reported this user
	watchers   map[*Device]bool
	available  bool
}

// Primary is a primary device inside the process: a phone or a contact. Receive must not
// block; the node must not be changed.
type Primary interface {
	Receive(n bin.Node)
	Bundle() Bundle
}

// Bundle is what others need to start a Signal session with a device.
type Bundle struct {
	Registration uint32
	Identity     [32]byte
	SignedID     uint32
	SignedKey    [32]byte
	Signature    [64]byte
	// OneTime is a one-time prekey, if the device has any left.
	OneTime *OneTimeKey
}

// OneTimeKey is a one-time prekey.
type OneTimeKey struct {
	ID  uint32
	Key [32]byte
}

// PushName is the name that the user gives itself.
func (u *User) PushName() string {
	if p := u.pushName.Load(); p != nil {
		return *p
	}
	return ""
}

// SetPushName changes it.
func (u *User) SetPushName(name string) { u.pushName.Store(&name) }

// HidePhone makes the user known by its LID only.
func (u *User) HidePhone(hide bool) { u.hidden.Store(hide) }

// Hidden reports whether the user is known by its LID only.
func (u *User) Hidden() bool { return u.hidden.Load() }

// AddressByPhone names the user by phone number, with the LID beside it, in what others'
// companions get of it: the addressing of chats before LIDs.
func (u *User) AddressByPhone(on bool) { u.byPhone.Store(on) }

// Block makes the server drop what phone sends to this user.
func (u *User) Block(phone string, on bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	set(&u.blocked, phone, on)
}

func set(m *map[string]bool, key string, on bool) {
	if !on {
		delete(*m, key)
		return
	}
	if *m == nil {
		*m = map[string]bool{}
	}
	(*m)[key] = true
}

func (u *User) blocks(phone string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.blocked[phone]
}

// meet notes that phone wrote to this user; knows reports it.
func (u *User) meet(phone string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.met[phone] {
		set(&u.met, phone, true)
	}
}

func (u *User) knows(phone string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.met[phone]
}

// Devices returns the linked companions.
func (u *User) Devices() []*Device {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.companions)
}

// Device returns the companion with a number, or nil.
func (u *User) Device(id int) *Device {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, d := range u.companions {
		if int(d.ID) == id {
			return d
		}
	}
	return nil
}

func (u *User) add(d *Device) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.companions = append(u.companions, d)
}

func (u *User) remove(d *Device) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := len(u.companions)
	u.companions = slices.DeleteFunc(u.companions, func(o *Device) bool { return o == d })
	return len(u.companions) != before
}

// nextID returns the number of the next companion; numbers are not used again.
func (u *User) nextID() uint8 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lastID++
	return u.lastID
}

// jids returns the user's devices in the addressing of jid, the phone first.
func (u *User) jids(base types.JID) []types.JID {
	base = base.ToNonAD()
	out := []types.JID{base}
	for _, d := range u.Devices() {
		jid := base
		jid.Device = uint16(d.ID)
		out = append(out, jid)
	}
	return out
}

// listHash is the hash of a device list: "2:" and six bytes of SHA-256 over the sorted
// AD forms (source: whatsmeow send.go, participantListHashV2; seen).
func listHash(jids []types.JID) string {
	names := make([]string, len(jids))
	for i, jid := range jids {
		names[i] = jid.ADString()
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "")))
	return "2:" + base64.RawStdEncoding.EncodeToString(sum[:6])
}
