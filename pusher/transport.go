package pusher

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// transport is the hijacked network connection as the WebSocket library sees it.
// Reading is the library's; everything it writes (pongs, the answer to a close)
// goes into the outbox like any other frame, so that one writer owns the network.
type transport struct {
	net.Conn
	out   outbox
	early []byte       // bytes that arrived together with the request
	seen  atomic.Int64 // when the peer last sent a byte, Unix nanoseconds
}

// Read reads from the peer and notes that it lives.
func (t *transport) Read(p []byte) (int, error) {
	if len(t.early) > 0 {
		n := copy(p, t.early)
		t.early = t.early[n:]
		return n, nil
	}
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.seen.Store(time.Now().UnixNano())
	}
	return n, err
}

// Write takes one control frame: the library flushes each as a whole, since it fits its buffer.
func (t *transport) Write(p []byte) (int, error) {
	t.out.push(append([]byte(nil), p...))
	return len(p), nil
}

// Close ends the connection once what waits is written.
func (t *transport) Close() error {
	t.out.finish()
	return nil
}

// hijacker hands the library a transport with small buffers, in place of the 8 kB that net/http keeps.
type hijacker struct {
	http.ResponseWriter
	t *transport
}

const (
	readBuffer  = 512 // client frames are small
	writeBuffer = 256 // only control frames (at most 127 bytes) go through it
)

// Hijack implements http.Hijacker.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	raw, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		raw.Close()
		return nil, nil, err
	}
	if n := rw.Reader.Buffered(); n > 0 {
		b, _ := rw.Reader.Peek(n)
		h.t.early = append([]byte(nil), b...)
	}
	h.t.Conn, h.t.out.net = raw, raw
	h.t.seen.Store(time.Now().UnixNano())
	return h.t, bufio.NewReadWriter(bufio.NewReaderSize(h.t, readBuffer), bufio.NewWriterSize(h.t, writeBuffer)), nil
}
