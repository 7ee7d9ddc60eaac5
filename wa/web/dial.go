package web

import (
	"errors"
	"maps"
	"reflect"
	"sync"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
)

// dialling makes a connection as whatsmeow's own unlockedConnect does (client.go), with an airlock in its line: for that the key
// of the handshake must be known. held keeps a Disconnect waiting meanwhile.
type dialling struct{ held sync.Mutex }

// socketLock is the lock under which whatsmeow keeps the socket of its connection. The handshake sets that socket and must be
// called under the lock, as whatsmeow does: a connection that ends at once is otherwise not heard of.
func socketLock(client *whatsmeow.Client) *sync.RWMutex {
	return (*sync.RWMutex)(reflect.ValueOf(client).Elem().FieldByName("socketLock").Addr().UnsafePointer())
}

// dial connects the client. c.ctx bounds all of it and the connection's life.
func (c *conn) dial() error {
	c.held.Lock()
	defer c.held.Unlock()
	if c.ctx.Err() != nil {
		return errClosed
	}
	key := keys.NewKeyPair()
	heard := &listener{ephemeral: key, static: c.client.Store.NoiseKey}
	frames := socket.NewFrameSocket(c.client.Log.Sub("Socket"), throughAirlock(c.link.http, func(frame []byte) error {
		met := heard.key != nil
		err := heard.check(frame)
		switch {
		case err == nil:
		case met:
			c.unreadable(err.Error())
		default: // whatsmeow would wait for the rest of the handshake
			c.abandon(err)
		}
		return err
	}))
	maps.Copy(frames.HTTPHeaders, c.client.WebSocketHeaders)
	if err := frames.Connect(c.ctx); err != nil {
		frames.Close(0)
		return err
	}
	//lint:ignore SA1019 whatsmeow's own way to connect lets nobody see a frame before it is decoded
	in := c.client.DangerousInternals()
	lock := socketLock(c.client)
	lock.Lock()
	queue, err := in.DoHandshake(c.ctx, frames, *key)
	lock.Unlock()
	if err == nil && !frames.IsConnected() { // it ended before the client knew of it, who will not tell
		err = errors.New("the connection ended")
	}
	if err != nil {
		frames.Close(0)
		return err
	}
	ended := frames.Context()
	go in.KeepAliveLoop(c.ctx, ended) // both end with the connection
	go in.HandlerQueueLoop(c.ctx, ended, queue)
	return nil
}
