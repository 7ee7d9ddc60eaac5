//go:build linux

// Package crowd is many clients of a Pusher Channels server at once, lean enough to share two cores with the server that is
// measured: one epoll and one goroutine for all sockets, no buffers of their own, and nothing decoded that need not be.
//
// It is for loopback and for measuring: it believes the server's frames, and writes as if the network always took them.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Options say whose clients they are.
type Options struct {
	// Server is where to connect: an address of IPv4.
	Server netip.AddrPort
	// Key and Secret are the app's. The crowd signs its subscriptions itself.
	Key, Secret string
	// Channel is the one that every socket subscribes to.
	Channel string
	// Sockets is how many there are. They come from 127.0.0.2 and the addresses after it, PerAddress from each [500].
	Sockets, PerAddress int
	// AtOnce is how many connect at the same time [64].
	AtOnce int
}

// Crowd is open sockets. Make one with Open. Its methods are safe for concurrent use.
type Crowd struct {
	opt     Options
	to      syscall.Sockaddr
	hello   []byte
	epoll   int
	buf     []byte
	done    chan struct{}
	changed chan struct{} // has room for one, and gets one after every look at the sockets

	mu      sync.Mutex
	byFD    map[int32]*socket
	dialled int
	closing bool
	failed  error
	now     Count
	took    []time.Duration
	ends    []End
}

// Count is what has happened so far.
type Count struct {
	In    int // sockets that are subscribed now
	Ended int // sockets that are closed
	// Arrived are the events that the sockets got, all together. Disordered are those of them that were not the next after
	// the one before on the same socket: one too many, one too few, or another order.
	Arrived, Disordered int
}

// End is the close of one socket, by the server: its moment and code, 0 when the connection was cut without one.
type End struct {
	At   time.Time
	Code int
}

// Open connects and subscribes all sockets. It ends with ctx, and fails with the first socket that does.
func Open(ctx context.Context, o Options) (*Crowd, error) {
	if o.PerAddress == 0 {
		o.PerAddress = 500
	}
	if o.AtOnce == 0 {
		o.AtOnce = 64
	}
	c := &Crowd{opt: o, to: &syscall.SockaddrInet4{Port: int(o.Server.Port()), Addr: o.Server.Addr().As4()}, hello: hello(o), buf: make([]byte, 64<<10),
		done: make(chan struct{}), changed: make(chan struct{}, 1), byFD: make(map[int32]*socket, o.Sockets)}
	var err error
	if c.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("crowd: epoll: %w", err)
	}
	go c.run()
	if err := c.Wait(ctx, func(n Count) bool { return n.In == o.Sockets }); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Wait waits until what has happened is enough, for ctx at most. It fails when a socket could not be opened.
func (c *Crowd) Wait(ctx context.Context, enough func(Count) bool) error {
	for {
		c.mu.Lock()
		now, failed := c.now, c.failed
		c.mu.Unlock()
		if failed != nil {
			return failed
		}
		if enough(now) {
			return nil
		}
		select {
		case <-c.changed:
		case <-ctx.Done():
			return fmt.Errorf("crowd: of %d sockets %+v: %w", c.opt.Sockets, now, ctx.Err())
		}
	}
}

// Count is what has happened since Open.
func (c *Crowd) Count() Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Took returns how long each event took to each socket, from the moment that it names, since Open or the last call.
func (c *Crowd) Took() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	took := c.took
	c.took = nil
	return took
}

// Ends returns the closes, in their order.
func (c *Crowd) Ends() []End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]End(nil), c.ends...)
}

// Close cuts all sockets.
func (c *Crowd) Close() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	<-c.done
}

// glance is how long the loop waits when nothing arrives, in milliseconds.
const glance = 20

// run is the loop: it opens sockets, and reads from those that have something.
func (c *Crowd) run() {
	defer close(c.done)
	defer c.cut()
	ready := make([]syscall.EpollEvent, 256)
	for c.dial() {
		n, err := syscall.EpollWait(c.epoll, ready, glance)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			c.fail(fmt.Errorf("crowd: epoll: %w", err))
			return
		}
		c.mu.Lock()
		for _, e := range ready[:max(0, n)] {
			if s := c.byFD[e.Fd]; s != nil {
				c.read(s)
			}
		}
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

// dial opens as many sockets as may be on their way; false when the crowd is closed.
func (c *Crowd) dial() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.failed == nil && c.dialled < c.opt.Sockets && c.dialled-c.now.In-c.now.Ended < c.opt.AtOnce {
		if err := c.connect(c.dialled); err != nil {
			c.failed = fmt.Errorf("crowd: socket %d: %w", c.dialled, err)
		}
		c.dialled++
	}
	return !c.closing
}

func (c *Crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = errors.Join(c.failed, err)
}

func (c *Crowd) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.byFD {
		_ = syscall.SetsockoptLinger(s.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}) // no TIME_WAIT
		_ = syscall.Close(s.fd)
	}
	_ = syscall.Close(c.epoll)
}
