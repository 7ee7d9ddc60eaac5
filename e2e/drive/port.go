package drive

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
)

// Ports for programs lie below those that the kernel gives to whoever asks for any (32768 and above on Linux, 49152 elsewhere).
const (
	firstPort = 20000
	ports     = 12000
)

// Reserve finds a loopback address on which nobody listens and keeps it for the caller until release is closed: a program that is
// killed finds its port again when it comes back, which a port of the kernel's choice may not be, once it is free for a moment.
// It is kept by the UDP port of the same number, which the program does not need.
func Reserve() (addr string, release io.Closer, err error) {
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(ports))
		kept, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue // another story's
		}
		l, err := net.Listen("tcp", addr)
		if err != nil { // somebody else's
			_ = kept.Close()
			continue
		}
		if err := l.Close(); err != nil {
			_ = kept.Close()
			return "", nil, err
		}
		return addr, kept, nil
	}
	return "", nil, errors.New("no free port on 127.0.0.1")
}
