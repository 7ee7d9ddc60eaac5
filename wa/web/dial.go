package web

import (
	"errors"
	"maps"
	"sync"

	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
)

// dialling makes a connection as whatsmeow's own unlockedConnect does (client.go), with an airlock in its line: for that the key
// of the handshake must be known. whatsmeow holds a lock of its own meanwhile, which keeps a Disconnect waiting; held is in its
// place.
type dialling struct{ held sync.Mutex }

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
	queue, err := in.DoHandshake(c.ctx, frames, *key)
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
