package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/sapa-chat/sapa/wa"
)

// conn is one connection with its client and key ring.
type conn struct {
	link   *Link
	to     wa.Receiver
	number wa.NumberRef
	log    *slog.Logger
	client *whatsmeow.Client
	ring   *ring
	lids   lidMap
	life   life

	// ctx is whatsmeow's for everything on this connection: when it ends, no store answers and nothing can be sent.
	ctx    context.Context
	cancel context.CancelFunc

	failed atomic.Bool
	ready  atomic.Bool
	work   works // our own goroutines
	dialling
	codes  codes
	paired sync.Once

	importing  sync.Mutex
	busy, news bool // the importer runs; something was announced that it has not looked at

	// resynced are the collections of settings that were fetched anew.
	resynced sync.Map
	refuse   atomic.Pointer[error] // why a pairing was not admitted
}

func (l *Link) newConn(ctx context.Context) (*conn, error) {
	c := &conn{link: l, to: l.to, number: l.spec.NumberRef, log: l.log, codes: codes{life: l.p.codeLife}}
	c.ctx, c.cancel = context.WithCancel(context.WithValue(l.ctx, lifeContext{}, &c.life))
	c.ring = newRing(l.p.store, c.number, l.p.cache, l.p.rings.Add(1), l.p.clock.Now, c.fail)
	c.lids = lidMap{c.ring, c.learned}
	log := clientLog{l.log, "client", c.unreadable}
	device, err := openDevice(ctx, c.ring, c.lids, log)
	if err != nil {
		c.ring.kill(err)
		c.cancel()
		return nil, fmt.Errorf("open the device: %w", err)
	}
	c.client = whatsmeow.NewClient(device, log)
	slim(c.client)
	c.configure(device)
	return c, nil
}

func (c *conn) configure(device *store.Device) {
	cli := c.client
	cli.EnableAutoReconnect = false
	cli.DisableLoginAutoReconnect = true
	cli.SynchronousAck = true
	cli.EnableDecryptedEventBuffer = true
	cli.ManualHistorySyncDownload = true
	cli.BackgroundEventCtx = c.ctx
	cli.SetMaxParallelRetryReceiptHandling(4)
	cli.SetWebsocketHTTPClient(c.link.http)
	cli.SetPreLoginHTTPClient(c.link.http)
	cli.SetMediaHTTPClient(bounded(c.link.http, largestHistory+1024))
	cli.GetClientPayload = func() *waPayload { return c.link.p.payload.of(device) }
	cli.PrePairCallback = c.admit
	// Without it whatsmeow panics on <failure reason="413"/> and "414", which are Messenger's.
	cli.RefreshCAT = func(context.Context) error { return errors.New("this account has no such token") }
	cli.GetMessageForRetry = c.sentBefore
	cli.AddEventHandlerWithSuccessStatus(c.handle)
	// Without this contacts would see one tick for ever: a companion that is not "online" sends receipts that are not shown.
	cli.SetForceActiveDeliveryReceipts(true)
}

// works are goroutines that somebody waits for in the end. From then on none is begun: whatsmeow may still be telling of something
// while its connection is closed.
type works struct {
	mu    sync.Mutex
	ended bool
	all   sync.WaitGroup
}

// Go begins one, unless the end has come.
func (w *works) Go(fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.all.Go(fn)
	}
}

// Wait waits for those that were begun.
func (w *works) Wait() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.all.Wait()
}

// connect dials. ctx bounds the dialling only.
func (c *conn) connect(ctx context.Context) error {
	stop := context.AfterFunc(ctx, c.cancel)
	defer stop()
	result := make(chan error, 1)
	c.work.Go(func() { result <- c.dial() })
	select {
	case err := <-result:
		return err
	case <-c.ctx.Done(): // whatsmeow does not look at it while it waits for the handshake
		return errors.Join(context.Cause(ctx), errClosed)
	}
}

// close ends the connection within a second: politely first, then by its context.
func (c *conn) close() {
	c.codes.stop()
	done := make(chan struct{})
	go func() { // owned by whatsmeow's lock if it hangs; its context ends below
		defer close(done)
		c.held.Lock()
		defer c.held.Unlock()
		c.client.Disconnect()
	}()
	wait(done, politeClose)
	flush, cancel := context.WithTimeout(context.Background(), politeClose)
	if !c.failed.Load() {
		c.ring.close(flush)
	}
	cancel()
	c.cancel()
	idle := make(chan struct{})
	go func() { c.work.Wait(); close(idle) }()
	wait(idle, forcedClose-politeClose)
}

func wait(done <-chan struct{}, longest time.Duration) {
	t := time.NewTimer(longest)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// fail ends the connection because something that arrived could not be stored. It happens before whatsmeow goes on:
// with the context it loses the way to acknowledge, and what comes next finds a dead store.
func (c *conn) fail(err error) {
	if c.abandon(err) {
		c.log.Error("a stanza could not be stored; the connection is closed so that it comes again", "error", err)
		c.tell(wa.Signal{Kind: wa.SignalDisconnected, Cause: "store_failure", Text: "The database could not take a message. It will come again."})
	}
}

// unreadable ends the connection because of a frame that is lost: what was in it was not acknowledged and comes again.
// After one that did not decrypt, the cipher's counters differ and no other will.
func (c *conn) unreadable(line string) {
	if c.abandon(errors.New(line)) {
		c.tell(wa.Signal{Kind: wa.SignalDisconnected, Cause: "unreadable_frame"})
	}
}

// abandon ends everything on this connection at once; false when it has ended before.
func (c *conn) abandon(err error) bool {
	if !c.failed.CompareAndSwap(false, true) {
		return false
	}
	c.ready.Store(false)
	c.cancel()
	c.ring.kill(err)
	return true
}

// handle is whatsmeow's event handler. False keeps the stanza unacknowledged.
func (c *conn) handle(evt any) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			c.fail(fmt.Errorf("panic while handling %T: %v\n%s", evt, p, debug.Stack()))
			ok = false
		}
	}()
	if c.failed.Load() || c.link.current() != c {
		return false
	}
	if err := c.take(evt); err != nil {
		c.fail(fmt.Errorf("handling %T: %w", evt, err))
		return false
	}
	return true
}

// tell passes a signal on, unless the link has moved on to another connection.
func (c *conn) tell(s wa.Signal) {
	if c.link.current() == c {
		c.to.Signal(context.WithoutCancel(c.ctx), c.number, s)
	}
}

// admit is asked before a pairing completes.
func (c *conn) admit(jid types.JID, _, _ string) bool {
	c.codes.stop()
	c.tell(wa.Signal{Kind: wa.SignalPairing})
	err := c.to.AdmitPairing(c.ctx, c.number, wa.Person{Identity: wa.Identity{Phone: wa.PhoneFromDigits(jid.User)}})
	if err != nil {
		c.refuse.Store(&err)
	}
	return err == nil
}

// learned passes on identities that did not come with a message.
func (c *conn) learned(ctx context.Context, pairs []store.LIDMapping) error {
	people := make([]wa.Person, 0, len(pairs))
	for _, p := range pairs {
		people = append(people, wa.Person{Identity: wa.Identity{Phone: wa.PhoneFromDigits(p.PN.User), LID: wa.LID(p.LID.User)}})
	}
	return c.to.Learned(ctx, c.number, people)
}
