package web

import (
	"strconv"
	"sync"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"google.golang.org/protobuf/proto"
)

// AppState is the encrypted settings of one account, as the server keeps them: patches
// per collection, which it cannot read.
type AppState struct {
	mu          sync.Mutex
	collections map[string][][]byte // SyncdPatch, version i+1 at i
}

// Version is the number of patches in a collection.
func (a *AppState) Version(name string) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return uint64(len(a.collections[name]))
}

// Since returns the patches after a version.
func (a *AppState) Since(name string, version uint64) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.collections[name]
	if version >= uint64(len(all)) {
		return nil
	}
	return all[version:]
}

// Append adds a patch on top of version and reports false when that is stale. The server
// writes the version into the patch; clients send it without.
func (a *AppState) Append(name string, version uint64, patch []byte) bool {
	var p waServerSync.SyncdPatch
	if proto.Unmarshal(patch, &p) != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if version != uint64(len(a.collections[name])) {
		return false
	}
	p.Version = &waServerSync.SyncdVersion{Version: proto.Uint64(version + 1)}
	stored, err := proto.Marshal(&p)
	if err != nil {
		return false
	}
	if a.collections == nil {
		a.collections = map[string][][]byte{}
	}
	a.collections[name] = append(a.collections[name], stored)
	return true
}

// appState answers fetches and writes of collections. A snapshot is optional even when it
// is asked for (seen), so there is none.
func (c *Conn) appState(d *Device, n *bin.Node) {
	store := d.User.AppState
	if store == nil {
		c.refuse(n, 404, "item-not-found")
		return
	}
	var out []bin.Node
	for _, ask := range children(*n, "sync") {
		name := attr(&ask, "name")
		version, _ := strconv.ParseUint(attr(&ask, "version"), 10, 64)
		patches := ask.GetChildrenByTag("patch")
		if len(patches) == 0 {
			patches = children(ask, "patches")
		}
		out = append(out, c.collection(d, name, version, patches))
	}
	c.result(n, node("sync", nil, out...))
}

func (c *Conn) collection(d *Device, name string, version uint64, patches []bin.Node) bin.Node {
	store := d.User.AppState
	for _, p := range patches {
		if !store.Append(name, version, content(p)) {
			return node("collection", bin.Attrs{"name": name, "type": "error"},
				node("error", bin.Attrs{"code": "409", "text": "conflict"}), patchList(store.Since(name, version)))
		}
		version++
	}
	out := node("collection", bin.Attrs{"name": name, "version": strconv.FormatUint(store.Version(name), 10)})
	if len(patches) > 0 {
		c.srv.SyncAppState(d.User, name, d)
		return out
	}
	if since := store.Since(name, version); len(since) > 0 {
		if c.faults().AppStateMismatch {
			since = mismatching(since)
		}
		out.Content = []bin.Node{patchList(since)}
	}
	return out
}

// mismatching returns patches whose hash of the whole collection is wrong.
func mismatching(patches [][]byte) (out [][]byte) {
	for _, raw := range patches {
		var p waServerSync.SyncdPatch
		if proto.Unmarshal(raw, &p) != nil || len(p.SnapshotMAC) == 0 {
			return patches
		}
		p.SnapshotMAC[0] ^= 0xff
		if damaged, err := proto.Marshal(&p); err == nil {
			raw = damaged
		}
		out = append(out, raw)
	}
	return out
}

func patchList(patches [][]byte) bin.Node {
	out := make([]bin.Node, len(patches))
	for i, p := range patches {
		out[i] = blob("patch", p)
	}
	return bin.Node{Tag: "patches", Content: out}
}

// SyncAppState tells a user's companions, except one, that a collection has changed.
func (s *Server) SyncAppState(u *User, name string, except *Device) {
	version := strconv.FormatUint(u.AppState.Version(name), 10)
	for _, d := range u.Devices() {
		if d != except {
			s.notify(d, "server_sync", u.PN, nil, node("collection", bin.Attrs{"name": name, "version": version}))
		}
	}
}
