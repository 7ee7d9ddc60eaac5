package web

import (
	"context"
	"crypto/cipher"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
)

// grace is how long a client has to close by itself after a terminal stanza has left. Closing at
// once loses the stanza, because whatsmeow's handler queue ends with the connection; 30 ms
// were too few on a loaded machine (seen). leaving is how long the stanza itself may take.
const (
	grace   = 3 * time.Second
	leaving = 10 * time.Second
)

// Conn is one websocket connection of a client: unpaired, or logged in as a Device.
type Conn struct {
	srv    *Server
	frames frames
	ctx    context.Context
	stop   context.CancelFunc

	static  [32]byte // the client's Noise key
	payload *waWa6.ClientPayload
	in, out cipher.AEAD
	dev     atomic.Pointer[Device]

	// Only before the pairing:
	refs      []string
	refsUntil time.Time
	code      CodeOffer
	codePhone string
	linking   atomic.Bool
	steps     chan *bin.Node

	handling sync.Mutex // held while a stanza is handled

	mu      sync.Mutex
	pending []outgoing
	closing bool
	wake    chan struct{}
	asked   map[string]chan *bin.Node
}

// outgoing is a stanza, or raw bytes of a broken frame, and when it may leave; or a mark, which is
// closed when all before it has left.
type outgoing struct {
	node bin.Node
	raw  []byte
	mark chan struct{}
	due  time.Time
}

func newConn(s *Server, ws *websocket.Conn) *Conn {
	c := &Conn{
		srv: s, frames: frames{ws: ws}, steps: make(chan *bin.Node, 8),
		wake: make(chan struct{}, 1), asked: map[string]chan *bin.Node{},
	}
	c.ctx, c.stop = context.WithCancel(s.ctx)
	return c
}

// Device is the companion that is logged in here, or nil.
func (c *Conn) Device() *Device { return c.dev.Load() }

func (c *Conn) user() *User {
	if d := c.dev.Load(); d != nil {
		return d.User
	}
	return nil
}

func (c *Conn) faults() *Faults { return c.srv.faultsOf(c.user()) }

// run serves the connection until it ends.
func (c *Conn) run() error {
	defer func() { _ = c.frames.ws.CloseNow() }()
	defer c.stop()
	if err := c.handshake(); err != nil {
		return err
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	defer func() { <-written }()
	defer c.stop()
	defer c.leave()
	if c.payload.DevicePairingData != nil {
		c.offerPairing()
	} else {
		c.login()
	}
	return c.readAll()
}

func (c *Conn) handshake() error {
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	intro, err := c.frames.intro(ctx)
	if err != nil {
		return err
	}
	n, err := newNoise(intro)
	if err != nil {
		return err
	}
	frame, err := c.frames.read(ctx)
	if err != nil {
		return err
	}
	answer, ephemeral, err := n.hello(frame, c.srv.Authority)
	if err != nil {
		return err
	}
	if err := c.frames.write(ctx, answer); err != nil {
		return err
	}
	if frame, err = c.frames.read(ctx); err != nil {
		return err
	}
	if c.static, c.payload, err = n.finish(frame, ephemeral); err != nil {
		return err
	}
	c.in, c.out, err = n.split()
	return err
}

// readAll handles one stanza after the other.
func (c *Conn) readAll() error {
	for counter := uint32(0); ; counter++ {
		frame, err := c.frames.read(c.ctx)
		if err != nil {
			return err
		}
		if err := c.waitWhileStalled(); err != nil {
			return err
		}
		plain, err := c.in.Open(nil, nonce(counter), frame, nil)
		if err != nil {
			return fmt.Errorf("decrypt frame: %w", err)
		}
		if plain, err = bin.Unpack(plain); err != nil {
			return fmt.Errorf("unpack frame: %w", err)
		}
		n, err := bin.Unmarshal(plain)
		if err != nil {
			return fmt.Errorf("decode stanza: %w", err)
		}
		if c.srv.OnStanza == nil || c.srv.OnStanza(c, n) {
			c.handling.Lock()
			c.handle(n)
			c.handling.Unlock()
		}
	}
}

// write sends what is pending until the connection ends.
func (c *Conn) write() {
	defer c.stop()
	for counter := uint32(0); ; {
		batch := c.takePending()
		for i := range batch {
			if !c.ready(&batch[i]) {
				return
			}
			if batch[i].mark != nil {
				close(batch[i].mark)
				continue
			}
			payload := batch[i].raw
			if payload == nil {
				if c.srv.OnSend != nil && !c.srv.OnSend(c, &batch[i].node) {
					continue
				}
				data, err := bin.Marshal(batch[i].node)
				if err != nil {
					c.srv.Log.Error("stanza cannot be encoded", "tag", batch[i].node.Tag, "err", err)
					continue
				}
				if c.srv.OnFrame != nil {
					data = c.srv.OnFrame(c, &batch[i].node, data)
				}
				payload = c.out.Seal(nil, nonce(counter), data, nil)
				counter++
			}
			if c.frames.write(c.ctx, payload) != nil {
				return
			}
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
	}
}

// ready waits until a stanza may leave. It is false when the connection ended.
func (c *Conn) ready(o *outgoing) bool {
	if wait := time.Until(o.due); !o.due.IsZero() && wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-c.ctx.Done():
			return false
		}
	}
	return c.waitWhileStalled() == nil
}

func (c *Conn) waitWhileStalled() error {
	for c.faults().Stall {
		changed := c.srv.change()
		if !c.faults().Stall {
			break
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
	return nil
}

func (c *Conn) takePending() []outgoing {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.pending
	c.pending = nil
	return batch
}

// send queues a stanza; the writer sends it. After finish it does nothing.
func (c *Conn) send(n bin.Node) { c.enqueue(outgoing{node: n}) }

func (c *Conn) enqueue(o outgoing) {
	if l := c.faults().Latency; l > 0 {
		o.due = time.Now().Add(l)
	}
	c.mu.Lock()
	if !c.closing {
		c.pending = append(c.pending, o)
	}
	c.mu.Unlock()
	c.poke()
}

func (c *Conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// garbage sends a frame that does not decrypt.
func (c *Conn) garbage() {
	c.enqueue(outgoing{raw: []byte("\x00\x01this is no frame of this connection\xff")})
}

// finish sends the last stanzas, gives the client time to close by itself, and closes.
// Without last stanzas it closes at once.
func (c *Conn) finish(last ...bin.Node) {
	c.end(grace, last...)
}

func (c *Conn) end(wait time.Duration, last ...bin.Node) {
	if len(last) == 0 {
		c.stop()
		return
	}
	for _, n := range last {
		c.send(n)
	}
	left := c.mark()
	c.mu.Lock()
	already := c.closing
	c.closing = true
	c.mu.Unlock()
	c.poke()
	if already {
		return
	}
	c.srv.Go(func(context.Context) {
		defer c.stop()
		c.within(leaving, left)
		c.within(wait, nil)
	})
}

// mark returns what is closed when all that was sent so far has left.
func (c *Conn) mark() <-chan struct{} {
	left := make(chan struct{})
	c.enqueue(outgoing{mark: left})
	return left
}

// within waits for something, but no longer than d or the connection lasts.
func (c *Conn) within(d time.Duration, something <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-something:
	case <-t.C:
	case <-c.ctx.Done():
	}
}

// settled waits until the stanza that is being handled, if any, has its answer on the wire.
func (c *Conn) settled() {
	c.handling.Lock()
	left := c.mark()
	c.handling.Unlock()
	c.within(leaving, left)
}

// leave takes the connection out of its device.
func (c *Conn) leave() {
	d := c.dev.Load()
	if d == nil {
		return
	}
	d.mu.Lock()
	if d.conn == c {
		d.conn = nil
	}
	d.mu.Unlock()
	d.available.Store(false)
	if c.srv.Gone != nil {
		c.srv.Gone(d)
	}
}
