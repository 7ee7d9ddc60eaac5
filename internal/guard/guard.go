// Package guard keeps connections to addresses that somebody typed away from this machine and its neighbours: loopback,
// private networks, a cloud's metadata. It says nothing of names; it sees what is dialled.
package guard

import (
	"errors"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// ErrInside says that an address is neither on the public internet nor in a network that is allowed besides.
var ErrInside = errors.New("guard: the address is not on the public internet")

// Control is for net.Dialer.Control. It sees the address that is dialled and not the name, so that a name which resolves
// differently the second time does not slip through. Errors: ErrInside.
type Control func(network, address string, conn syscall.RawConn) error

// Public allows the public internet and the networks in besides, on any port.
func Public(besides ...netip.Prefix) Control {
	var v4, v6 []netip.Prefix
	for _, p := range besides {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return func(network, address string, conn syscall.RawConn) error {
		if guard.Safe(network, address, conn) == nil {
			return nil
		}
		return ErrInside
	}
}
