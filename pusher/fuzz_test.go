package pusher

import (
	"context"
	"net"
	"testing"
	"time"
)

// oneApp is a lookup with a single app.
type oneApp App

func (a *oneApp) ByKey(context.Context, string) (*App, error) { return (*App)(a), nil }
func (a *oneApp) ByID(context.Context, string) (*App, error)  { return (*App)(a), nil }

// FuzzClientFrame gives a client's socket any frame. Nothing panics, and a socket
// that cannot sign never gets into a channel that needs it.
func FuzzClientFrame(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"event":"pusher:ping","data":{}}`, `{"event":"pusher:subscribe","data":{"channel":"a"}}`,
		`{"event":"pusher:subscribe","data":"{\"channel\":\"cache-a\"}"}`,
		`{"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"k:0","channel_data":"{\"user_id\":1}"}}`,
		`{"event":"pusher:subscribe","data":{"channel":"#server-to-user-1","auth":""}}`,
		`{"event":"pusher:signin","data":{"auth":"k:0","user_data":"{\"id\":\"1\",\"watchlist\":[1,\"2\",null]}"}}`,
		`{"event":"client-a","channel":"private-a","data":{"x":[1,2,3]}}`, `{"event":"pusher:unsubscribe","data":{"channel":"a"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		s, err := New(Options{Apps: &oneApp{ID: "1", Key: "k", Secret: "secret"}})
		if err != nil {
			t.Fatal(err)
		}
		here, there := net.Pipe()
		go func() { // the client takes whatever comes
			buf := make([]byte, 4096)
			for {
				if _, err := there.Read(buf); err != nil {
					return
				}
			}
		}()
		c := &conn{srv: s, t: &transport{Conn: here}, id: "1.1", key: "k", hub: s.hub("1")}
		c.t.out.srv, c.t.out.net = s, here
		c.hub.enter(c, 0)
		c.handle(frame)
		for name := range c.subs {
			if k := kindOf(name); k.needsAuth() || k.user || !validChannel(name) {
				t.Errorf("subscribed to %q without a signature", name)
			}
		}
		if c.user != nil {
			t.Error("signed in without a signature")
		}
		c.hub.leave(c)
		if n := c.hub.occupied(); n != 0 {
			t.Errorf("%d channels left behind", n)
		}
		c.t.out.finish()
		_ = there.SetDeadline(time.Now())
		_ = there.Close()
	})
}
