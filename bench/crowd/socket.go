//go:build linux

package crowd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/sapa-chat/sapa/pusher"
)

// socket is one client.
type socket struct {
	fd       int
	upgraded bool
	joined   bool
	rest     []byte // what has arrived of a frame that is not complete
	next     int    // the number of the event that should come next; 0 before the first
}

// connect opens the i-th socket and asks for the upgrade.
func (c *Crowd) connect(i int) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	host := 2 + i/c.opt.PerAddress
	from := &syscall.SockaddrInet4{Addr: [4]byte{127, 0, byte(host >> 8), byte(host)}}
	err = errors.Join(syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindWithoutPort, 1), syscall.Bind(fd, from))
	if err == nil {
		err = syscall.Connect(fd, c.to) // on loopback this is done at once
	}
	if err == nil {
		err = errors.Join(write(fd, c.hello), syscall.SetNonblock(fd, true))
	}
	if err == nil {
		err = syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
	}
	if err != nil {
		_ = syscall.Close(fd)
		return err
	}
	c.byFD[int32(fd)] = &socket{fd: fd}
	return nil
}

// bindWithoutPort is IP_BIND_ADDRESS_NO_PORT: the port is chosen by connect, so that it need not be free for every destination.
const bindWithoutPort = 24

// hello is the request that opens a socket.
func hello(o Options) []byte {
	return []byte("GET /app/" + o.Key + "?protocol=7&client=js&version=8.6.0 HTTP/1.1\r\nHost: " + o.Server.String() + "\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
}

func write(fd int, data []byte) error {
	n, err := syscall.Write(fd, data)
	if err == nil && n < len(data) {
		err = errors.New("the network took a part only")
	}
	return err
}

// read takes what a socket has.
func (c *Crowd) read(s *socket) {
	n, err := syscall.Read(s.fd, c.buf)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return
	case err != nil || n <= 0:
		c.end(s, 0)
		return
	}
	data := c.buf[:n]
	if len(s.rest) > 0 {
		data = append(s.rest, data...)
		s.rest = nil
	}
	at := time.Now()
	for len(data) > 0 {
		used := c.take(s, data, at)
		if used == 0 {
			s.rest = append([]byte(nil), data...)
			return
		}
		if data = data[used:]; c.byFD[int32(s.fd)] != s { // it was closed
			return
		}
	}
}

// take reads the answer to the upgrade or one frame from the beginning of data, and returns its length; 0 when it is not complete.
func (c *Crowd) take(s *socket, data []byte, at time.Time) int {
	if !s.upgraded {
		head := bytes.Index(data, []byte("\r\n\r\n"))
		if head < 0 {
			return 0
		}
		if s.upgraded = bytes.HasPrefix(data, []byte("HTTP/1.1 101 ")); !s.upgraded {
			c.failed = fmt.Errorf("crowd: the upgrade was answered with %q", data[:min(len(data), 60)])
			c.end(s, 0)
		}
		return head + 4
	}
	kind, payload, used := frame(data)
	if used == 0 {
		return 0
	}
	switch kind {
	case opText:
		c.text(s, payload, at)
	case opPing:
		_ = write(s.fd, masked(opPong, payload))
	case opClose:
		code := 0
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		_ = write(s.fd, masked(opClose, payload))
		c.end(s, code)
	}
	return used
}

// What frames begin with; the server writes the event first.
var (
	beginEvent   = []byte(`{"event":"` + Event + `"`)
	beginHello   = []byte(`{"event":"pusher:connection_established"`)
	beginJoined  = []byte(`{"event":"pusher_internal:subscription_succeeded"`)
	beginPing    = []byte(`{"event":"pusher:ping"`)
	beginError   = []byte(`{"event":"pusher:error"`)
	beginRefused = []byte(`{"event":"pusher:subscription_error"`)
	dataOfEvent  = []byte(`"data":"`)
	dataOfHello  = []byte(`\"socket_id\":\"`)
)

// text acts on one message of the protocol.
func (c *Crowd) text(s *socket, m []byte, at time.Time) {
	switch {
	case bytes.HasPrefix(m, beginEvent):
		c.arrived(s, m, at)
	case bytes.HasPrefix(m, beginHello):
		_, id, _ := bytes.Cut(m, dataOfHello)
		id, _, _ = bytes.Cut(id, []byte(`\"`))
		auth := pusher.SignChannel(c.opt.Key, c.opt.Secret, string(id), c.opt.Channel, "")
		_ = write(s.fd, masked(opText, []byte(`{"event":"pusher:subscribe","data":{"channel":"`+c.opt.Channel+`","auth":"`+auth+`"}}`)))
	case bytes.HasPrefix(m, beginJoined):
		s.joined = true
		c.now.In++
	case bytes.HasPrefix(m, beginPing):
		_ = write(s.fd, masked(opText, []byte(`{"event":"pusher:pong","data":{}}`)))
	case bytes.HasPrefix(m, beginError), bytes.HasPrefix(m, beginRefused):
		if !s.joined {
			c.failed = fmt.Errorf("crowd: %s", m)
		}
	}
}

// Event is the name of the events that are counted.
const Event = "tick"

// Data is the data of the i-th event, from 1, which is published at this moment: padded to size bytes.
func Data(i int, at time.Time, size int) string {
	return fmt.Sprintf("%-*s", size, fmt.Sprintf("%d %d", i, at.UnixNano()))
}

// arrived notes an event: that it is the next, and how long it took.
func (c *Crowd) arrived(s *socket, m []byte, at time.Time) {
	_, data, _ := bytes.Cut(m, dataOfEvent)
	number, data, _ := bytes.Cut(data, []byte(" "))
	since, _, _ := bytes.Cut(data, []byte(" "))
	i, err := strconv.Atoi(string(number))
	sent, err2 := strconv.ParseInt(string(bytes.TrimRight(since, `"}`)), 10, 64)
	if err != nil || err2 != nil {
		c.failed = fmt.Errorf("crowd: not one of our events: %q", m)
		return
	}
	c.now.Arrived++
	if s.next != 0 && i != s.next {
		c.now.Disordered++
	}
	s.next = i + 1
	c.took = append(c.took, at.Sub(time.Unix(0, sent)))
}

// end closes a socket.
func (c *Crowd) end(s *socket, code int) {
	delete(c.byFD, int32(s.fd))
	_ = syscall.Close(s.fd)
	if s.joined {
		c.now.In--
	}
	c.now.Ended++
	c.ends = append(c.ends, End{At: time.Now(), Code: code})
}
