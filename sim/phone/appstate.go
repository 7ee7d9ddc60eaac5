package phone

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/store"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

// AppStateKeys is the phone's half of app state: the account's key, with which it writes
// settings that the server keeps without reading them. It uses whatsmeow's own encoder.
type AppStateKeys struct {
	id, data []byte
	proc     *appstate.Processor
	states   *states
	mu       sync.Mutex
}

// NewAppStateKeys makes the key of an account; the same seed and number have the same.
func NewAppStateKeys(seed, number string) *AppStateKeys {
	id := sha256.Sum256([]byte("sim app state id\x00" + seed + "\x00" + number))
	data := sha256.Sum256([]byte("sim app state\x00" + seed + "\x00" + number))
	k := &AppStateKeys{id: id[:6], data: data[:], states: &states{}}
	k.states.key = store.AppStateSyncKey{Data: k.data}
	k.proc = appstate.NewProcessor(&store.Device{AppStateKeys: k.states, AppState: k.states}, waLog.Noop)
	return k
}

// Share is the message that gives a companion the key.
func (k *AppStateKeys) Share(now int64) *waE2E.Message {
	return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_SHARE.Enum(),
		AppStateSyncKeyShare: &waE2E.AppStateSyncKeyShare{Keys: []*waE2E.AppStateSyncKey{{
			KeyID: &waE2E.AppStateSyncKeyId{KeyID: k.id},
			KeyData: &waE2E.AppStateSyncKeyData{
				KeyData: k.data, Timestamp: proto.Int64(now),
				Fingerprint: &waE2E.AppStateSyncKeyFingerprint{RawID: proto.Uint32(1), CurrentIndex: proto.Uint32(0), DeviceIndexes: []uint32{0}},
			},
		}}},
	}}
}

// PushName encodes the account's name as the next patch of critical_block, after applying
// what others wrote to it. It returns the version that the patch builds on.
func (k *AppStateKeys) PushName(ctx context.Context, name string, since func(version uint64) [][]byte) (patch []byte, base uint64, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	info := appstate.BuildSettingPushName(name)
	state, err := k.catchUp(ctx, info.Type, since)
	if err != nil {
		return nil, 0, err
	}
	patch, err = k.proc.EncodePatch(ctx, k.id, state, info)
	if err != nil {
		return nil, 0, fmt.Errorf("encode push name: %w", err)
	}
	return patch, state.Version, nil
}

func (k *AppStateKeys) catchUp(ctx context.Context, name appstate.WAPatchName, since func(uint64) [][]byte) (appstate.HashState, error) {
	version, hash, _ := k.states.GetAppStateVersion(ctx, string(name))
	state := appstate.HashState{Version: version, Hash: hash}
	list := &appstate.PatchList{Name: name}
	for _, raw := range since(version) {
		p := &waServerSync.SyncdPatch{}
		if err := proto.Unmarshal(raw, p); err != nil {
			return state, fmt.Errorf("read patch: %w", err)
		}
		list.Patches = append(list.Patches, p)
	}
	if len(list.Patches) == 0 {
		return state, nil
	}
	_, state, err := k.proc.DecodePatches(ctx, list, state, true)
	if err != nil {
		return state, fmt.Errorf("apply patches: %w", err)
	}
	return state, nil
}

// states is the memory that whatsmeow's encoder needs.
type states struct {
	mu  sync.Mutex
	key store.AppStateSyncKey
	all map[string]*state
}

type state struct {
	version uint64
	hash    [128]byte
	macs    map[string][]byte
}

func (s *states) of(name string) *state {
	if s.all == nil {
		s.all = map[string]*state{}
	}
	if s.all[name] == nil {
		s.all[name] = &state{macs: map[string][]byte{}}
	}
	return s.all[name]
}

// PutAppStateSyncKey implements store.AppStateSyncKeyStore.
func (s *states) PutAppStateSyncKey(context.Context, []byte, store.AppStateSyncKey) error { return nil }

// GetAppStateSyncKey implements store.AppStateSyncKeyStore; there is one key.
func (s *states) GetAppStateSyncKey(context.Context, []byte) (*store.AppStateSyncKey, error) {
	return &s.key, nil
}

// GetLatestAppStateSyncKeyID implements store.AppStateSyncKeyStore.
func (s *states) GetLatestAppStateSyncKeyID(context.Context) ([]byte, error) { return nil, nil }

// GetAllAppStateSyncKeys implements store.AppStateSyncKeyStore.
func (s *states) GetAllAppStateSyncKeys(context.Context) ([]*store.AppStateSyncKey, error) {
	return []*store.AppStateSyncKey{&s.key}, nil
}

// PutAppStateVersion implements store.AppStateStore.
func (s *states) PutAppStateVersion(_ context.Context, name string, version uint64, hash [128]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(name).version, s.of(name).hash = version, hash
	return nil
}

// GetAppStateVersion implements store.AppStateStore.
func (s *states) GetAppStateVersion(_ context.Context, name string) (uint64, [128]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.of(name)
	return st.version, st.hash, nil
}

// DeleteAppStateVersion implements store.AppStateStore.
func (s *states) DeleteAppStateVersion(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, name)
	return nil
}

// PutAppStateMutationMACs implements store.AppStateStore.
func (s *states) PutAppStateMutationMACs(_ context.Context, name string, _ uint64, macs []store.AppStateMutationMAC) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range macs {
		s.of(name).macs[string(m.IndexMAC)] = m.ValueMAC
	}
	return nil
}

// DeleteAppStateMutationMACs implements store.AppStateStore.
func (s *states) DeleteAppStateMutationMACs(_ context.Context, name string, indexes [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range indexes {
		delete(s.of(name).macs, string(i))
	}
	return nil
}

// GetAppStateMutationMAC implements store.AppStateStore.
func (s *states) GetAppStateMutationMAC(_ context.Context, name string, index []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(name).macs[string(index)], nil
}
