//go:build linux

package crowd

import "encoding/binary"

// Kinds of WebSocket frames.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// frame splits the first frame off what a server sent; used is 0 when it is not complete.
func frame(data []byte) (kind byte, payload []byte, used int) {
	if len(data) < 2 {
		return 0, nil, 0
	}
	n, head := int(data[1]&0x7f), 2
	switch n {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(data) < head {
		return 0, nil, 0
	}
	switch n {
	case 126:
		n = int(binary.BigEndian.Uint16(data[2:]))
	case 127:
		n = int(binary.BigEndian.Uint64(data[2:])) //nolint:gosec // our own server's
	}
	if used = head + n; len(data) < used {
		return 0, nil, 0
	}
	return data[0] & 0x0f, data[head:used], used
}

// masked is a client's frame under a mask of zeros, which leaves the payload as it is; it has up to 65,535 bytes.
func masked(kind byte, payload []byte) []byte {
	f := []byte{0x80 | kind}
	if len(payload) < 126 {
		f = append(f, 0x80|byte(len(payload)))
	} else {
		f = binary.BigEndian.AppendUint16(append(f, 0x80|126), uint16(len(payload))) //nolint:gosec // see above
	}
	return append(append(f, 0, 0, 0, 0), payload...)
}
