package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
)

// login lets a paired device in: success, then what it missed.
func (c *Conn) login() {
	u := c.srv.Directory.ByPhone(strconv.FormatUint(c.payload.GetUsername(), 10))
	var d *Device
	if u != nil {
		d = u.Device(int(c.payload.GetDevice()))
	}
	f := c.srv.faultsOf(u)
	switch {
	case f.Down:
		c.finish()
	case f.TempBan != nil:
		c.fail(402, bin.Attrs{"code": strconv.Itoa(f.TempBan.Code), "expire": strconv.Itoa(int(f.TempBan.Expire.Seconds()))})
	case u != nil && c.stillBanned(u, f):
	case f.ConnectFailure != 0:
		c.fail(f.ConnectFailure, nil)
	case f.MinVersion != "" && older(c.payload, f.MinVersion):
		c.fail(405, nil)
	case d == nil || d.noise != c.static:
		// The real server's answer to a foreign Noise key is not known here (inferred).
		c.fail(401, nil)
	default:
		c.welcome(d, f)
	}
}

func (c *Conn) fail(reason int, attrs bin.Attrs) {
	if attrs == nil {
		attrs = bin.Attrs{}
	}
	attrs["reason"] = strconv.Itoa(reason)
	c.finish(node("failure", attrs))
}

// welcome makes c the device's connection. A connection that it had before is told that
// it was replaced. The order of the stanzas is the one seen to work.
func (c *Conn) welcome(d *Device, f *Faults) {
	c.dev.Store(d)
	d.mu.Lock()
	old := d.conn
	d.conn = c
	c.send(node("success", bin.Attrs{
		"t": seconds(c.srv.now(d.User)), "lid": d.LID(), "props": "27", "location": "sim",
		"companion_enc_static": "c2lt", "display_name": d.User.PushName(),
	}))
	c.sendOffline(d, f)
	d.mu.Unlock()
	if old != nil {
		old.finish(replaced())
	}
}

func replaced() bin.Node {
	return node("stream:error", nil, node("conflict", bin.Attrs{"type": "replaced"}))
}

// sendOffline sends the queue; the caller holds d.mu.
func (c *Conn) sendOffline(d *Device, f *Faults) {
	counts := map[string]int{}
	for _, q := range d.queue {
		counts[q.node.Tag]++
	}
	total := strconv.Itoa(len(d.queue))
	c.send(node("ib", bin.Attrs{"from": types.ServerJID}, node("offline_preview", bin.Attrs{
		"count": total, "message": strconv.Itoa(counts["message"]), "receipt": strconv.Itoa(counts["receipt"]),
		"notification": strconv.Itoa(counts["notification"]), "appdata": "0", "call": "0",
	})))
	order := make([]*queued, len(d.queue))
	for i := range d.queue {
		order[i] = &d.queue[i]
	}
	if f.Reorder {
		slices.Reverse(order)
	}
	for i, q := range order {
		n := with(q.node, "offline", strconv.Itoa(i/100))
		copies := 1
		if n.Tag == "message" {
			copies += f.Duplicate
		}
		for range copies {
			c.send(d.damaged(n, f))
		}
		if q.message != nil {
			c.srv.Journal.Handed(*q.message, d.User, d.ID, copies)
		}
	}
	c.send(node("ib", bin.Attrs{"from": types.ServerJID}, node("offline", bin.Attrs{"count": total})))
}

// ready tells the phone side that a companion is active.
func (s *Server) ready(d *Device, firstTime bool) {
	if s.Ready != nil {
		s.Go(func(ctx context.Context) { s.Ready(ctx, d, firstTime) })
	}
}

// older compares the client's version with a dotted one.
func older(p *waWa6.ClientPayload, least string) bool {
	v := p.GetUserAgent().GetAppVersion()
	have := []uint32{v.GetPrimary(), v.GetSecondary(), v.GetTertiary()}
	for i, part := range strings.Split(least, ".") {
		want, err := strconv.ParseUint(part, 10, 32)
		if err != nil || i >= len(have) {
			return false
		}
		if order := cmp.Compare(have[i], uint32(want)); order != 0 {
			return order < 0
		}
	}
	return false
}

// Version is the version that the client of this connection gave.
func (c *Conn) Version() string {
	v := c.payload.GetUserAgent().GetAppVersion()
	return fmt.Sprintf("%d.%d.%d", v.GetPrimary(), v.GetSecondary(), v.GetTertiary())
}
