package drive

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// Crime is a kind of broken promise.
type Crime string

// What may never happen to a message.
const (
	// Lost was promised and has not arrived, by the network's ledger.
	Lost Crime = "lost"
	// Doubled arrived more than once: one text under two ids on the network.
	Doubled Crime = "doubled"
	// Disordered arrived after one that was said later, by the network's ledger.
	Disordered Crime = "out of order"
	// Forgotten was acknowledged by the program, which does not show it.
	Forgotten Crime = "acknowledged and forgotten"
	// ShownTwice is one message twice in the program's own listing.
	ShownTwice Crime = "shown twice"
	// ShownDisordered is the program's own listing in another order than what was said.
	ShownDisordered Crime = "shown out of order"
)

// Finding is one broken promise of a lane.
type Finding struct {
	Crime Crime
	// Way is "in" or "out", Count how many messages it concerns.
	Way    string
	Count  int
	Detail string
}

func (f Finding) String() string { return fmt.Sprintf("%s, %s: %s", f.Crime, f.Way, f.Detail) }

// Judge waits until everything that was promised has arrived, or ctx ends, and asks the ledger what went wrong.
func (l *Lane) Judge(ctx context.Context, net *sim.Network) (found []Finding) {
	in, out := l.ways()
	_ = Every(ctx, 50*time.Millisecond, func() (bool, error) { // what is late is found below
		return net.Ledger.Summary(in[0], in[1]).Received >= l.Written() && net.Ledger.Summary(out[0], out[1]).Received >= l.Accepted(), nil
	})
	found = accuse("in", l.Written(), net.Ledger.Summary(in[0], in[1]))
	return append(found, accuse("out", l.Accepted(), net.Ledger.Summary(out[0], out[1]))...)
}

func accuse(way string, promised int, s sim.Summary) (found []Finding) {
	for _, f := range []struct {
		crime Crime
		count int
	}{
		{Lost, max(promised-s.Received, s.Missing, s.Lost)},
		{Doubled, max(s.Sent-promised, s.Duplicates)},
		{Disordered, s.OutOfOrder},
	} {
		if f.count > 0 {
			found = append(found, Finding{f.crime, way, f.count, fmt.Sprintf("promised %d, %+v", promised, s)})
		}
	}
	return found
}

// Shown compares what the program lists with what was promised: the network cannot see a message that was acknowledged and
// then forgotten, nor one that is shown twice. It waits for what is still on its way to the listing until ctx ends: a
// message that had to be asked for again counts as taken in the ledger before it can be read.
func (l *Lane) Shown(ctx context.Context, c *Client) ([]Finding, error) {
	var in, out []string
	err := Every(ctx, 100*time.Millisecond, func() (bool, error) {
		conversation, ok, err := c.With(ctx, "+"+l.Contact.Phone())
		if err != nil || !ok {
			return l.Written() == 0 && l.Accepted() == 0, err
		}
		all, err := c.AllMessages(ctx, conversation.ID)
		in, out = texts(all, "in"), texts(all, "out")
		return len(in) >= l.Written() && len(out) >= l.Accepted(), err
	})
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return append(compare("in", question, l.Written(), in), compare("out", answer, l.Accepted(), out)...), nil
}

func texts(all []Message, way string) (out []string) {
	for _, m := range all {
		if m.Direction == way {
			out = append(out, m.Text)
		}
	}
	return out
}

// compare looks for the first promised texts, each once and in order.
func compare(way string, text func(int) string, promised int, shown []string) (found []Finding) {
	place, previous := map[string]int{}, -1
	for i, t := range shown {
		if _, twice := place[t]; twice {
			found = append(found, Finding{ShownTwice, way, 1, fmt.Sprintf("%q", t)})
		}
		place[t] = i
	}
	for i := 1; i <= promised; i++ {
		at, ok := place[text(i)]
		if !ok {
			found = append(found, Finding{Forgotten, way, 1, fmt.Sprintf("%q of %d", text(i), promised)})
			continue
		}
		if at < previous {
			found = append(found, Finding{ShownDisordered, way, 1, fmt.Sprintf("%q", text(i))})
		}
		previous = at
	}
	return found
}

// With finds the conversation with a phone.
func (c *Client) With(ctx context.Context, phone string) (Conversation, bool, error) {
	for cursor := ""; ; {
		var page list[Conversation]
		if err := c.Do(ctx, "GET", Query("/v1/conversations", "limit", "100", "q", phone, "cursor", cursor), nil, &page); err != nil {
			return Conversation{}, false, err
		}
		for _, found := range page.Items {
			if found.Contact.Phone == phone {
				return found, true, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return Conversation{}, false, nil
		}
	}
}
