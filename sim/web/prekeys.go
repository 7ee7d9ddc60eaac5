package web

import (
	"encoding/binary"
	"sync"

	bin "go.mau.fi/whatsmeow/binary"
)

// prekeys are a device's public keys on the server. One-time keys are kept as 36 bytes
// each: as parsed nodes, 812 of them would cost 0.4 MB (measured).
type prekeys struct {
	mu           sync.Mutex
	registration uint32
	signedID     uint32
	signedKey    [32]byte
	signature    [64]byte
	oneTime      []OneTimeKey
}

func (p *prekeys) setSigned(registration, id uint32, key, signature []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.registration, p.signedID = registration, id
	copy(p.signedKey[:], key)
	copy(p.signature[:], signature)
}

func (p *prekeys) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.oneTime)
}

// upload adds the <key> children of a list; the client never uploads one twice.
func (p *prekeys) upload(list bin.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range list.GetChildren() {
		key := OneTimeKey{ID: uint24(content(k.GetChildByTag("id")))}
		if k.Tag == "key" && copy(key.Key[:], content(k.GetChildByTag("value"))) == 32 {
			p.oneTime = append(p.oneTime, key)
		}
	}
}

// keep throws all but the last n one-time keys away.
func (p *prekeys) keep(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.oneTime) > n {
		p.oneTime = append([]OneTimeKey(nil), p.oneTime[len(p.oneTime)-n:]...)
	}
}

// take returns the bundle and gives each one-time key once.
func (p *prekeys) take(identity [32]byte, oneTime bool) Bundle {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := Bundle{
		Registration: p.registration, Identity: identity,
		SignedID: p.signedID, SignedKey: p.signedKey, Signature: p.signature,
	}
	if oneTime && len(p.oneTime) > 0 {
		key := p.oneTime[0]
		p.oneTime = p.oneTime[1:]
		b.OneTime = &key
	}
	return b
}

func uint24(b []byte) uint32 {
	if len(b) != 3 {
		return 0
	}
	return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
}

func bytes24(v uint32) []byte {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return b[1:]
}

func bytes32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
