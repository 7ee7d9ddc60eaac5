package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// Link is one number's connection to WhatsApp Web; see [wa.Link]. Each Connect makes a new whatsmeow client on freshly
// loaded keys, so that nothing of a failed connection, and none of the client's unbounded caches, outlives it.
type Link struct {
	p    *Provider
	spec wa.Spec
	to   wa.Receiver
	http *http.Client
	log  *slog.Logger

	ctx    context.Context // of the link: every connection's descends from it
	cancel context.CancelFunc

	mu   sync.Mutex
	conn *conn
}

var _ wa.Link = (*Link)(nil)

const (
	politeClose   = 300 * time.Millisecond // for the closing handshake of the websocket
	forcedClose   = 600 * time.Millisecond // for goroutines to notice that their context ended
	logoutTimeout = 5 * time.Second
)

// errNotConnected is what a link without a connection says.
var errNotConnected error = fault.Errorf(fault.Unavailable, "this number is not connected").Because("number_offline")

// offline is err, or errNotConnected when the connection went away meanwhile.
func offline(err error) error {
	if errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, whatsmeow.ErrNotLoggedIn) {
		return errNotConnected
	}
	return err
}

// Connect implements [wa.Link]. An open connection is closed first.
func (l *Link) Connect(ctx context.Context) error {
	l.Disconnect()
	c, err := l.newConn(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	if l.ctx.Err() != nil {
		l.mu.Unlock()
		c.close()
		return errClosed
	}
	l.conn = c
	l.mu.Unlock()
	if err := c.connect(ctx); err != nil {
		l.drop(c)
		c.close()
		return fmt.Errorf("connect: %w", err)
	}
	return nil
}

// Disconnect implements [wa.Link].
func (l *Link) Disconnect() {
	l.mu.Lock()
	c := l.conn
	l.conn = nil
	l.mu.Unlock()
	if c != nil {
		c.close()
	}
}

// Close implements [wa.Link].
func (l *Link) Close() {
	l.cancelLater()
	l.Disconnect()
	l.cancel()
}

// cancelLater ends everything even if Disconnect hangs.
func (l *Link) cancelLater() { time.AfterFunc(politeClose, l.cancel) }

// Logout implements [wa.Link].
func (l *Link) Logout(ctx context.Context) error {
	unlinked := errNotConnected
	if c := l.current(); c != nil {
		ask, cancel := context.WithTimeout(ctx, logoutTimeout)
		unlinked = c.client.Logout(ask)
		cancel()
	}
	l.Disconnect()
	if err := l.p.store.Forget(context.WithoutCancel(ctx), l.spec.NumberRef); err != nil {
		return fmt.Errorf("forget the keys: %w", err)
	}
	if unlinked != nil {
		l.log.Info("WhatsApp was not told of the logout", "error", clean(unlinked.Error()))
	}
	return nil
}

// LastLife implements [wa.Link].
func (l *Link) LastLife() time.Time {
	c := l.current()
	if c == nil {
		return time.Time{}
	}
	if at := c.life.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

func (l *Link) current() *conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// drop forgets c, if it still is the link's connection.
func (l *Link) drop(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == c {
		l.conn = nil
	}
}
