package drive

import (
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"
)

// Trouble is what a [Proxy] does to the bytes that pass. The zero value carries them faithfully.
type Trouble struct {
	// Away closes what is open and refuses what comes, as a server does that is gone.
	Away bool
	// Swallow takes everything and passes nothing on, without closing: a half-open line. Connections that have lost bytes
	// stay silent also after the trouble has ended.
	Swallow bool
	// Latency holds back every piece, in both directions.
	Latency time.Duration
	// BytesPerSecond, when positive, bounds each direction of each connection.
	BytesPerSecond int
	// Slice, when positive, is the most bytes that are passed on at once.
	Slice int
	// Mangle is the chance, 0 to 1, that a byte of a piece from the target is turned into another.
	Mangle float64
}

// Proxy stands between the program and something it needs, byte by byte.
type Proxy struct {
	// URL is the target's through the proxy.
	URL string

	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	trouble Trouble
	changed chan struct{} // closed at the next change
	conns   map[net.Conn]bool
	opened  func(first []byte)
}

// NewProxy listens on a free loopback port for what is meant for the target, a URL with a port.
func NewProxy(target string) (*Proxy, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	x := &Proxy{target: u.Host, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	if x.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	u.Host = x.listener.Addr().String()
	x.URL = u.String()
	x.work.Go(x.accept)
	return x, nil
}

// Close ends the proxy and every connection through it.
func (x *Proxy) Close() error {
	err := x.listener.Close()
	x.Cut()
	x.work.Wait()
	return err
}

// Cut ends all connections, and all new ones until Heal.
func (x *Proxy) Cut() { x.Set(Trouble{Away: true}) }

// Heal carries faithfully again.
func (x *Proxy) Heal() { x.Set(Trouble{}) }

// Set changes what happens to the bytes from now on, on open connections, too.
func (x *Proxy) Set(t Trouble) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.trouble = t
	close(x.changed)
	x.changed = make(chan struct{})
	if t.Away {
		x.end(false)
	}
}

// Watch lets f see the first bytes that each new connection sends to the target. It must not keep them.
func (x *Proxy) Watch(f func(first []byte)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.opened = f
}

func (x *Proxy) watcher() func([]byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.opened
}

// Reset ends all connections with an RST and takes new ones.
func (x *Proxy) Reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.end(true)
}

// end closes what is open. x.mu is held.
func (x *Proxy) end(reset bool) {
	for c := range x.conns {
		if tcp, ok := c.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (x *Proxy) now() (Trouble, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.trouble, x.changed
}

func (x *Proxy) accept() {
	for {
		c, err := x.listener.Accept()
		if err != nil {
			return
		}
		x.work.Go(func() { x.carry(c) })
	}
}

// carry copies both ways until one side ends.
func (x *Proxy) carry(c net.Conn) {
	d, err := net.Dial("tcp", x.target)
	if err != nil {
		_ = c.Close()
		return
	}
	if !x.keep(c, d) {
		return
	}
	line := &line{proxy: x, ended: make(chan struct{})}
	hangUp := sync.OnceFunc(func() { close(line.ended); _, _ = c.Close(), d.Close() })
	var both sync.WaitGroup
	both.Go(func() { line.copy(d, c, false); hangUp() })
	both.Go(func() { line.copy(c, d, true); hangUp() })
	both.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.conns, c)
	delete(x.conns, d)
}

// keep remembers connections so that they can be cut; while the target is away it closes them.
func (x *Proxy) keep(some ...net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range some {
		if x.trouble.Away {
			_ = c.Close()
		} else {
			x.conns[c] = true
		}
	}
	return !x.trouble.Away
}

// line is one connection through the proxy.
type line struct {
	proxy *Proxy
	ended chan struct{}

	mu   sync.Mutex
	dead bool // bytes are missing: nothing more is passed on
}

// copy passes pieces on under the trouble of the moment.
func (l *line) copy(to io.Writer, from io.Reader, answer bool) {
	buffer := make([]byte, 32<<10)
	for first := !answer; ; first = false {
		t, _ := l.proxy.now()
		n, err := from.Read(buffer[:size(t, len(buffer))])
		if seen := l.proxy.watcher(); first && seen != nil {
			seen(buffer[:n])
		}
		if n > 0 && !l.pass(to, buffer[:n], answer) {
			return
		}
		if err != nil {
			return
		}
	}
}

// size is how much is read at once: little of a slow or sliced line, so that it flows evenly.
func size(t Trouble, most int) int {
	if t.Slice > 0 {
		most = min(most, t.Slice)
	}
	if t.BytesPerSecond > 0 {
		most = min(most, max(1, t.BytesPerSecond/10))
	}
	return most
}

func (l *line) pass(to io.Writer, piece []byte, answer bool) bool {
	t, changed := l.proxy.now() // what was read just before the trouble began is under it, too
	if l.swallowed(t.Swallow) {
		return true
	}
	wait := t.Latency
	if t.BytesPerSecond > 0 {
		wait += time.Duration(len(piece)) * time.Second / time.Duration(t.BytesPerSecond)
	}
	if wait > 0 && !l.wait(wait, changed) {
		return false
	}
	if answer && rand.Float64() < t.Mangle {
		piece[rand.IntN(len(piece))] ^= byte(1 + rand.IntN(255))
	}
	_, err := to.Write(piece)
	return err == nil
}

func (l *line) swallowed(now bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = l.dead || now
	return l.dead
}

// wait holds a piece back until the time is over or the trouble changes; false when the connection ended.
func (l *line) wait(d time.Duration, changed <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.ended:
		return false
	case <-changed:
	case <-timer.C:
	}
	return true
}
