package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow/types"

	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/web"
)

// people are those who exist so far.
type people struct {
	mu      sync.RWMutex
	byPhone map[string]*person
	byLID   map[string]*person
}

// directory answers the server's lookups; a lookup by number brings a contact to life.
type directory struct{ n *Network }

// ByPhone implements web.Directory.
func (d directory) ByPhone(number string) *web.User {
	if p := d.n.people.get(number); p != nil {
		return p.user
	}
	if len(number) < 7 || len(number) > 15 || (d.n.Unregistered != nil && d.n.Unregistered(number)) {
		return nil
	}
	return d.n.person(number).user
}

// ByLID implements web.Directory.
func (d directory) ByLID(lid string) *web.User {
	d.n.people.mu.RLock()
	defer d.n.people.mu.RUnlock()
	if p := d.n.people.byLID[lid]; p != nil {
		return p.user
	}
	return nil
}

func (ps *people) get(number string) *person {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	return ps.byPhone[number]
}

// person returns who has a number and makes them when there is nobody.
func (n *Network) person(number string) *person {
	number = digits(number)
	if p := n.people.get(number); p != nil {
		return p
	}
	ps := &n.people
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p := ps.byPhone[number]; p != nil {
		return p
	}
	if ps.byPhone == nil {
		ps.byPhone, ps.byLID = map[string]*person{}, map[string]*person{}
	}
	lid := lidOf(n.Seed, number)
	for ps.byLID[lid] != nil {
		lid = lidOf(n.Seed, lid)
	}
	p := &person{net: n, endpoint: phone.New(n.Seed, number)}
	p.user = &web.User{
		PN: types.NewJID(number, types.DefaultUserServer), LID: types.NewJID(lid, types.HiddenUserServer), Primary: p,
	}
	p.contact.p, p.account.p = p, p
	ps.byPhone[number], ps.byLID[lid] = p, p
	return p
}

// lidOf makes a hidden id of 15 digits from a phone number, so that a network with the
// same seed has the same ones.
func lidOf(seed, number string) string {
	sum := sha256.Sum256([]byte("sim lid\x00" + seed + "\x00" + number))
	return fmt.Sprintf("1%014d", binary.BigEndian.Uint64(sum[:])%100_000_000_000_000)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// Account returns the account of a phone number (only its digits count) and makes it when
// there is none. An account has a phone that scans, and up to four companions.
func (n *Network) Account(number string) *Account {
	p := n.person(number)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isAccount {
		p.isAccount = true
		p.user.AppState = &web.AppState{}
	}
	return &p.account
}

// FindAccount returns the account of a phone number, or nil; it makes none.
func (n *Network) FindAccount(number string) *Account {
	if p := n.people.get(digits(number)); p != nil && p.linked() {
		return &p.account
	}
	return nil
}

// Contact returns the contact of a phone number and makes it when there is none.
func (n *Network) Contact(number string) *Contact { return &n.person(number).contact }

// Accounts returns all accounts by phone number.
func (n *Network) Accounts() []*Account {
	var out []*Account
	for _, p := range n.people.all() {
		if p.linked() {
			out = append(out, &p.account)
		}
	}
	return out
}

// Contacts returns the contacts that exist so far, by phone number.
func (n *Network) Contacts() []*Contact {
	var out []*Contact
	for _, p := range n.people.all() {
		if !p.linked() {
			out = append(out, &p.contact)
		}
	}
	return out
}

func (ps *people) all() []*person {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	out := make([]*person, 0, len(ps.byPhone))
	for _, p := range ps.byPhone {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *person) int { return strings.Compare(a.number(), b.number()) })
	return out
}
