package main

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// The goals of issue 3 for statements, without BEGIN, SAVEPOINT and COMMIT.
const (
	goalStatementsIn      = 8
	goalStatementsOut     = 10
	goalStatementsReceipt = 3
)

// costs counts what one message takes of the database: in, out without receipts, out with the contact's receipt of delivery,
// and a receipt that it was read.
func (w *world) costs(ctx context.Context, r *report) error {
	n := w.set.messages
	in, err := w.exactly(ctx, w.writing(), n)
	if err != nil {
		return err
	}
	r.statements("inbound to the committed event", in, goalStatementsIn)

	out, _, err := w.silentlySent(ctx, n)
	if err != nil {
		return err
	}
	r.statements("outbound, enqueue to sent", out, goalStatementsOut)

	delivered, err := w.exactly(ctx, w.sending(w.numbers, w.set.outbound, w.set.callers), n)
	if err != nil {
		return err
	}
	w.drained(ctx)
	r.most("statements per receipt of delivery, as the difference that they make", delivered.per(statements)-out.per(statements), goalStatementsReceipt, "%.2f")
	_, ids, err := w.silentlySent(ctx, n)
	if err != nil {
		return err
	}
	read, err := w.exactly(ctx, w.reading(ids), n)
	if err != nil {
		return err
	}
	r.statements("receipt that it was read", read, goalStatementsReceipt)
	return w.syncs(ctx, r, in, out)
}

// silentlySent is a load of outbound messages whose contacts send no receipts, and WhatsApp's ids of them by lane.
func (w *world) silentlySent(ctx context.Context, n int) (s sample, ids [][]string, err error) {
	w.behave(sim.Behaviour{Silent: true})
	defer w.behave(sim.Behaviour{})
	l := w.sending(w.numbers, w.set.outbound, w.set.callers)
	s, err = w.exactly(ctx, l, n)
	for _, one := range l.lanes {
		ids = append(ids, one.ids())
	}
	w.drained(ctx)
	return s, ids, err
}

// drained waits until no companion has anything to acknowledge; when that takes too long, the next figure has it.
func (w *world) drained(ctx context.Context) {
	_ = drive.Until(ctx, func() (bool, error) {
		for _, n := range w.numbers {
			for _, c := range n.phone.Companions() {
				if c.Queued > 0 {
					return false, nil
				}
			}
		}
		return true, nil
	})
}

// reading is contacts that read what they got, one receipt for each message.
func (w *world) reading(ids [][]string) *load {
	l := newLoad(w.numbers, w.set.inbound, receipt)
	l.send = func(ctx context.Context, n *lane, i int, _ string) error {
		if i >= len(ids[n.index]) {
			return fmt.Errorf("no message to read")
		}
		return n.contact(i).Read(ctx, n.phone, ids[n.index][i])
	}
	return l
}
