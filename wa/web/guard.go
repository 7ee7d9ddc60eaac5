package web

import (
	"context"
	"net"
	"syscall"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/guard"
	"github.com/sapa-chat/sapa/wa"
)

type (
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	control func(network, address string, conn syscall.RawConn) error
)

// checkProxy keeps a number's proxy, which is whatever somebody in a workspace typed, away from this machine and its neighbours.
func (n network) checkProxy() control {
	public := guard.Public(n.proxies...)
	return func(network, address string, conn syscall.RawConn) error {
		if public(network, address, conn) == nil {
			return nil
		}
		return fault.Errorf(fault.Forbidden, "the proxy is not on the public internet, nor in number.proxy_networks").
			Because(wa.ProxyForbidden)
	}
}
