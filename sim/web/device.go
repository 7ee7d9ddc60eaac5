package web

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Device is a linked companion: its keys, its offline queue and its connection.
type Device struct {
	User     *User
	ID       uint8
	Platform string
	PairedAt time.Time

	noise    [32]byte
	identity [32]byte
	keyIndex uint32
	prekeys  prekeys

	mu      sync.Mutex
	conn    *Conn
	queue   []queued
	removed bool
	greeted bool // has logged in before

	available atomic.Bool
	corrupted atomic.Int64
}

// queued is a stanza that waits for the device's acknowledgement.
type queued struct {
	node    bin.Node
	message *Message // for messages
}

// JID is the device's address by phone number, LID the one by hidden id.
func (d *Device) JID() types.JID { return device(d.User.PN, d.ID) }

// LID is the device's address by hidden id.
func (d *Device) LID() types.JID { return device(d.User.LID, d.ID) }

func device(jid types.JID, id uint8) types.JID {
	jid.Device = uint16(id)
	return jid
}

// Online reports whether the device is logged in now.
func (d *Device) Online() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn != nil
}

// Queued is how many stanzas wait for the device's acknowledgement.
func (d *Device) Queued() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.queue)
}

// PreKeys is how many one-time prekeys the server has left.
func (d *Device) PreKeys() int { return d.prekeys.count() }

// push queues a stanza that wants an acknowledgement and sends it if the device is there.
// It reports how often it was handed over.
func (d *Device) push(n bin.Node, m *Message, f *Faults) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.removed {
		return 0
	}
	copies := 0
	if d.conn != nil && !(f.Hold && n.Tag == "message") {
		copies = 1
		if n.Tag == "message" {
			copies += f.Duplicate
		}
		for range copies {
			d.conn.send(d.damaged(n, f))
		}
	}
	d.queue = append(d.queue, queued{node: n, message: m})
	return copies
}

// tell sends a stanza that nobody acknowledges, if the device is there.
func (d *Device) tell(n bin.Node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		d.conn.send(n)
	}
}

// settle removes a stanza from the queue and reports whether it was there.
func (d *Device) settle(class, id string, from types.JID) (*Message, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.queue {
		n := &d.queue[i].node
		if n.Tag != class || attr(n, "id") != id {
			continue
		}
		if other := attrJID(n, "from"); from.User != other.User {
			continue
		}
		m := d.queue[i].message
		if i == 0 {
			d.queue[0] = queued{}
			d.queue = d.queue[1:]
		} else {
			d.queue = slices.Delete(d.queue, i, i+1)
		}
		return m, true
	}
	return nil, false
}

// damaged returns n with a broken ciphertext while the Corrupt fault lasts.
func (d *Device) damaged(n bin.Node, f *Faults) bin.Node {
	if n.Tag != "message" || f.Corrupt == 0 || d.corrupted.Load() >= int64(f.Corrupt) {
		return n
	}
	children := append([]bin.Node(nil), n.GetChildren()...)
	for i, c := range children {
		data, ok := c.Content.([]byte)
		if c.Tag != "enc" || !ok || len(data) < 20 {
			continue
		}
		broken := append([]byte(nil), data...)
		broken[len(broken)-12] ^= 0xff
		children[i].Content = broken
		d.corrupted.Add(1)
	}
	n.Content = children
	return n
}

// settled waits until what the companion has sent so far is answered, if it is there.
func (d *Device) settled() {
	d.mu.Lock()
	c := d.conn
	d.mu.Unlock()
	if c != nil {
		c.settled()
	}
}

// cut closes the device's connection, if any, after saying the last stanzas.
func (d *Device) cut(last ...bin.Node) {
	d.mu.Lock()
	c := d.conn
	d.conn = nil
	d.mu.Unlock()
	if c != nil {
		c.finish(last...)
	}
}
