package main

import (
	"context"
	"fmt"
)

// The goals of issue 3 on two cores; PostgreSQL is to reach seven tenths.
const (
	goalInbound  = 2000
	goalOutbound = 1200
	goalSingle   = 600
	goalGrouped  = 10 // times as many as without company
	postgresPart = 0.7
)

// goal is a goal for messages per second in this world: with slow commits there is none.
func (w *world) goal(perSecond float64) float64 {
	switch {
	case w.kind == "delay" || w.kind == "apart":
		return 0
	case w.engine == postgres:
		return perSecond * postgresPart
	}
	return perSecond
}

// writing is contacts that write.
func (w *world) writing() *load {
	l := newLoad(w.numbers, w.set.inbound, companion)
	l.send = func(ctx context.Context, n *lane, i int, text string) error {
		_, err := n.contact(i).Write(ctx, n.phone, text)
		return err
	}
	return l
}

// sending is programs that send over the API.
func (w *world) sending(numbers []*number, window, callers int) *load {
	l := newLoad(numbers, window, person)
	l.callers = callers
	l.send = func(ctx context.Context, n *lane, i int, text string) error {
		_, err := n.tenant.api.Send(ctx, n.id, "+"+n.contact(i).Phone(), text)
		return err
	}
	return l
}

// inbound measures from contacts that write to the network's acknowledgement, which comes after the commit.
func (w *world) inbound(ctx context.Context, r *report) error {
	s, err := w.measure(ctx, w.writing(), w.set.seconds, r.row)
	if err != nil {
		return err
	}
	w.inboundRate = s.rate()
	r.rate(s, w.goal(goalInbound), "%d numbers, window %d each", len(w.numbers), w.set.inbound)
	r.compare(w.kind)
	r.cost(s)
	return nil
}

// outbound measures programs that send, from the call of the API to the contact's phone.
func (w *world) outbound(ctx context.Context, r *report) error {
	l := w.sending(w.numbers, w.set.outbound, w.set.callers)
	if w.kind == "apart" { // commits one by one are full with this, and more would only queue for minutes
		l = w.sending(w.numbers, 2, 1)
	}
	return w.out(ctx, r, l, goalOutbound)
}

// outboundSingle is outbound on one number.
func (w *world) outboundSingle(ctx context.Context, r *report) error {
	return w.out(ctx, r, w.sending(w.numbers[:1], 4*w.set.outbound, 4*w.set.callers), goalSingle)
}

func (w *world) out(ctx context.Context, r *report, l *load, goal float64) error {
	s, err := w.measure(ctx, l, w.set.seconds, r.row)
	if err != nil {
		return err
	}
	r.rate(s, w.goal(goal), "%d numbers, %d callers and window %d each", len(l.lanes), l.callers, cap(l.lanes[0].window))
	r.compare(w.kind)
	r.latency("API to phone at that load", s.latency, 0)
	r.cost(s)
	return nil
}

// outboundHalf is how long a message takes from the API to the phone when the queues are short.
func (w *world) outboundHalf(ctx context.Context, r *report) error {
	rate := r.rates["one/outbound"] / 2
	if rate == 0 { // the row was left out
		s, err := w.measure(ctx, w.sending(w.numbers, w.set.outbound, w.set.callers), w.set.seconds/4, "")
		if err != nil {
			return err
		}
		rate = s.rate() / 2
	}
	l := w.sending(w.numbers, 1000, w.set.callers)
	l.rate = rate
	s, err := w.measure(ctx, l, w.set.seconds, r.row)
	if err != nil {
		return err
	}
	r.latency("API to phone at half of the outbound rate", s.latency, 0)
	r.note("API to phone at half of the outbound rate, over", "%.0f messages/s", s.rate())
	return nil
}

// compare sets what shares commits against what does not, once both are known.
func (r *report) compare(kind string) {
	if kind != "apart" {
		return
	}
	grouped := "delay" + r.row[len(kind):]
	if r.rates[grouped] > 0 && r.rates[r.row] > 0 {
		r.least(fmt.Sprintf("%s, times this", grouped), r.rates[grouped]/r.rates[r.row], goalGrouped, "%.1f")
	}
}
