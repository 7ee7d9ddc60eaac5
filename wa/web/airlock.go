package web

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"go.mau.fi/whatsmeow/socket"
)

// airlock stands between WhatsApp's line and whatsmeow's reader. It takes the websocket's messages apart into WhatsApp's
// frames and hands each frame on as a message of its own, after it was checked; with the first that whatsmeow must not see
// the connection ends. whatsmeow counts the header of a frame that is split over two messages twice (socket/framesocket.go,
// processData), which can end the process, too: behind the airlock no frame is split.
type airlock struct {
	io.Closer
	io.Writer
	line   *bufio.Reader
	check  func(frame []byte) error
	inside *chamber // nil while nothing is
}

// chamber is what is in the airlock.
type chamber struct {
	stream bytes.Buffer // of frames, as far as they have arrived
	out    bytes.Buffer // what may be handed on
}

// chambers are shared, since most connections are idle. They keep what a frame of usual size needs.
var chambers = sync.Pool{New: func() any { return new(chamber) }}

const largestChamber = 16 << 10

// lineBuffer is small: it stays with every connection.
const lineBuffer = 512

var errLine = errors.New("what came over the line is no frame")

// throughAirlock is a client whose websockets have an airlock with this check.
func throughAirlock(c *http.Client, check func(frame []byte) error) *http.Client {
	out := *c
	out.Transport = airlockTransport{c.Transport, check}
	return &out
}

type airlockTransport struct {
	http.RoundTripper
	check func(frame []byte) error
}

// RoundTrip implements http.RoundTripper.
func (t airlockTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.RoundTripper.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		return answer, err
	}
	if line, ok := answer.Body.(io.ReadWriteCloser); ok {
		answer.Body = &airlock{Closer: line, Writer: line, line: bufio.NewReaderSize(line, lineBuffer), check: t.check}
	}
	return answer, nil
}

// Read implements io.Reader.
func (a *airlock) Read(p []byte) (int, error) {
	for a.inside == nil || a.inside.out.Len() == 0 {
		a.leave()
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	return a.inside.out.Read(p)
}

// leave gives the room back when nothing is in it.
func (a *airlock) leave() {
	c := a.inside
	if c == nil || c.stream.Len() > 0 {
		return
	}
	a.inside = nil
	if c.stream.Cap()+c.out.Cap() <= largestChamber {
		c.stream.Reset()
		c.out.Reset()
		chambers.Put(c)
	}
}

// The parts of a websocket message's head (RFC 6455, 5.2).
const (
	wsFinal    = 0x80
	wsReserved = 0x70
	wsOpcode   = 0x0f
	wsBinary   = 0x02
	wsControl  = 0x08
	wsMasked   = 0x80
)

// next reads one message of the websocket, or a piece of one.
func (a *airlock) next() error {
	var head [2]byte
	if _, err := io.ReadFull(a.line, head[:]); err != nil {
		return err
	}
	size, err := a.size(head[1])
	if err != nil {
		return err
	}
	if a.inside == nil {
		a.inside = chambers.Get().(*chamber)
	}
	opcode := head[0] & wsOpcode
	switch {
	case head[0]&wsReserved != 0, head[1]&wsMasked != 0, size > socket.FrameMaxSize:
		return errLine
	case opcode >= wsControl:
		if size > 125 {
			return errLine
		}
		a.inside.out.Write([]byte{head[0], byte(size)})
		_, err := io.CopyN(&a.inside.out, a.line, size)
		return err
	case opcode != 0 && opcode != wsBinary:
		return errLine
	}
	_, err = io.CopyN(&a.inside.stream, a.line, size) // grows with what comes, not with what is announced
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return a.frames()
}

// size reads how long a message says that it is.
func (a *airlock) size(short byte) (int64, error) {
	var long [8]byte
	switch short &= 0x7f; short {
	case 126:
		_, err := io.ReadFull(a.line, long[6:])
		return int64(binary.BigEndian.Uint64(long[:])), err
	case 127:
		_, err := io.ReadFull(a.line, long[:])
		if long[0] != 0 {
			return 0, errLine
		}
		return int64(binary.BigEndian.Uint64(long[:])), err
	}
	return int64(short), nil
}

// frames checks every frame that is whole and lets it through.
func (a *airlock) frames() error {
	stream, out := &a.inside.stream, &a.inside.out
	for {
		have := stream.Bytes()
		if len(have) < socket.FrameLengthSize {
			return nil
		}
		whole := socket.FrameLengthSize + int(have[0])<<16 + int(have[1])<<8 + int(have[2])
		if len(have) < whole {
			return nil
		}
		if err := a.check(have[socket.FrameLengthSize:whole]); err != nil {
			return fmt.Errorf("%w: %w", errLine, err)
		}
		out.Grow(whole + 10)
		out.Write(appendMessage(out.AvailableBuffer(), have[:whole]))
		stream.Next(whole)
	}
}

// appendMessage writes a whole message of a server's websocket.
func appendMessage(out, payload []byte) []byte {
	out = append(out, wsFinal|wsBinary)
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}
