package sim

import (
	"time"

	"github.com/sapa-chat/sapa/sim/web"
)

// journal writes what the server tells into the Ledger.
type journal struct {
	ledger    *Ledger
	now       func() time.Time
	confirmed func(Confirmation)
}

// Confirmation is that one device has got a message.
type Confirmation struct {
	ID, From, To string
	// Text is what the sender wrote or, on messages from companions, what the recipient decrypted.
	Text string
	// By and Device are who confirms: Device 0, a phone or contact, by decrypting; a companion by acknowledging.
	By     string
	Device int
	// Accepted is when the network took the message from its sender, At when the device confirmed it.
	Accepted, At time.Time
}

// confirm notes that the device which f names has the message, and tells whoever listens once the ledger is free again.
func (j journal) confirm(from, to, id string, f func(e *Entry, now time.Time) *Delivery) {
	var c Confirmation
	now := j.now()
	j.ledger.known(from, to, id, func(in *chat, e *Entry) {
		if d := f(e, now); d != nil && in.confirm(e, d, now) {
			c = Confirmation{ID: id, From: from, To: to, Text: e.Text, By: d.Phone, Device: d.Device, Accepted: e.Accepted, At: now}
		}
	})
	if j.confirmed != nil && c.ID != "" {
		j.confirmed(c)
	}
}

func names(m web.Message) (from, to string) { return m.From.PN.User, m.To.PN.User }

// Accepted implements web.Journal.
func (j journal) Accepted(m web.Message) {
	from, to := names(m)
	j.ledger.change(from, to, m.ID, func(c *chat, e *Entry) {
		e.Copies++
		if e.Seq == 0 {
			c.seq++
			e.Seq, e.Accepted, e.Device = c.seq, m.Time, int(m.Device)
		}
	})
}

// Refused implements web.Journal.
func (j journal) Refused(m web.Message, code int) {
	from, to := names(m)
	j.ledger.change(from, to, m.ID, func(_ *chat, e *Entry) {
		e.Refused++
		e.Error, e.Device = code, int(m.Device)
	})
}

// Lost implements web.Journal.
func (j journal) Lost(m web.Message) {
	from, to := names(m)
	j.ledger.known(from, to, m.ID, func(_ *chat, e *Entry) { e.Lost = true })
}

// Handed implements web.Journal.
func (j journal) Handed(m web.Message, to *web.User, device uint8, copies int) {
	from, chatTo := names(m)
	now := j.now()
	j.ledger.known(from, chatTo, m.ID, func(_ *chat, e *Entry) {
		e.at(to.PN.User, int(device), now).Copies += copies
	})
}

// Acknowledged implements web.Journal.
func (j journal) Acknowledged(m web.Message, by *web.User, device uint8) {
	from, to := names(m)
	j.confirm(from, to, m.ID, func(e *Entry, now time.Time) *Delivery {
		return e.at(by.PN.User, int(device), now)
	})
}

// Receipt implements web.Journal.
func (j journal) Receipt(kind, id string, by *web.User, device uint8, author *web.User) {
	if by == author && kind != "retry" {
		return
	}
	now := j.now()
	j.ledger.known(author.PN.User, by.PN.User, id, func(_ *chat, e *Entry) {
		switch kind {
		case "", "inactive":
			first(&e.Delivered, now)
		case "read":
			first(&e.Read, now)
		case "played":
			first(&e.Played, now)
		case "retry":
			e.at(by.PN.User, int(device), now).Retries++
		}
	})
}

func first(t *time.Time, now time.Time) {
	if t.IsZero() {
		*t = now
	}
}

// decrypted notes what a phone or contact made of its copy of a message.
func (j journal) decrypted(from, to, id, by, text string, outcome func(*Delivery)) {
	j.confirm(from, to, id, func(e *Entry, now time.Time) *Delivery {
		d := e.at(by, 0, now)
		d.Copies++
		if outcome != nil {
			outcome(d)
			return nil
		}
		if e.Text == "" {
			e.Text = text
		}
		return d
	})
}

// wrote notes the text of a message that a phone or contact sends.
func (j journal) wrote(from, to, id, text string) {
	j.ledger.change(from, to, id, func(_ *chat, e *Entry) { e.Text = text })
}
