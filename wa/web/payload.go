package web

import (
	"fmt"
	"sync"

	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/store"
	"google.golang.org/protobuf/proto"
)

// payload makes what a client says of itself when it connects. The version is data here and not whatsmeow's global variable,
// which connecting clients read without a lock.
type payload struct {
	name     string
	override bool

	mu      sync.RWMutex
	version store.WAVersionContainer
}

func newPayload(version, name string) (*payload, error) {
	p := &payload{name: name, version: store.GetWAVersion()}
	if name == "" {
		p.name = "Sapa"
	}
	if version != "" {
		v, err := store.ParseVersion(version)
		if err != nil {
			return nil, fmt.Errorf("client version: %w", err)
		}
		p.version, p.override = v, true
	}
	return p, nil
}

func (p *payload) current() store.WAVersionContainer {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.version
}

// refresh takes a newer version, unless the operator set one, and returns the one in use.
func (p *payload) refresh(v store.WAVersionContainer) store.WAVersionContainer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.override && p.version.LessThan(v) {
		p.version = v
	}
	return p.version
}

// of makes a device's payload.
func (p *payload) of(d *store.Device) *waWa6.ClientPayload {
	out := d.GetClientPayload()
	version := p.current()
	out.UserAgent.AppVersion = version.ProtoAppVersion()
	if out.DevicePairingData == nil {
		return out
	}
	sum := version.Hash()
	out.DevicePairingData.BuildHash = sum[:]
	props := proto.Clone(store.DeviceProps).(*waCompanionReg.DeviceProps)
	props.Os = &p.name
	if encoded, err := proto.Marshal(props); err == nil {
		out.DevicePairingData.DeviceProps = encoded
	}
	return out
}
