package sim

import (
	"context"
	"time"
)

// Behaviour is what a contact does by itself with a message that it receives. The zero
// value sends the delivery receipt and nothing else.
type Behaviour struct {
	// Silent sends not even a delivery receipt: a phone that is switched off after it
	// received, or one tick for ever.
	Silent bool `json:"silent,omitempty"`
	// Read sends a read receipt ReadAfter the message.
	Read      bool          `json:"read,omitempty"`
	ReadAfter time.Duration `json:"read_after,omitempty"`
	// Echo answers with the text it got; AutoReply answers with a text of its own.
	Echo      bool   `json:"echo,omitempty"`
	AutoReply string `json:"auto_reply,omitempty"`
	// Reply, if set, decides the answer; "" answers nothing.
	Reply func(Incoming) string `json:"-"`
	// ReplyAfter is how long the answer takes; Typing shows "typing" meanwhile.
	ReplyAfter time.Duration `json:"reply_after,omitempty"`
	Typing     bool          `json:"typing,omitempty"`
	// BlockAfter blocks an account with its so many-th message, if this contact has never
	// written to it; 0 is never. With [Faults].BanAfterReports it is the toy model of how
	// strangers end a number.
	BlockAfter int `json:"block_after,omitempty"`
}

// tired reports whether the message that just came from an account is one too many.
func (p *person) tired(b Behaviour, from string) bool {
	if b.BlockAfter <= 0 {
		return false
	}
	mine, theirs := p.net.Ledger.exchanged(p.number(), from)
	return mine == 0 && theirs >= b.BlockAfter
}

// answer returns what to say to m, "" for nothing.
func (b *Behaviour) answer(m Incoming) string {
	switch {
	case m.Text == "":
		return ""
	case b.Reply != nil:
		return b.Reply(m)
	case b.Echo:
		return m.Text
	}
	return b.AutoReply
}

// conduct is how the person behaves.
func (p *person) conduct() Behaviour {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.behaviour != nil {
		return *p.behaviour
	}
	return p.net.Behaviour
}

// react does what the behaviour says with a new message.
func (p *person) react(ctx context.Context, in Incoming) {
	b := p.conduct()
	p.mu.Lock()
	ignored := p.ignored[in.From]
	p.mu.Unlock()
	if p.tired(b, in.From) {
		p.contact.Block(p.net.Account(in.From), true)
		return
	}
	answer := ""
	if !ignored {
		answer = b.answer(in)
	}
	if ignored || (!b.Read && answer == "") {
		return
	}
	from := p.net.Account(in.From)
	if b.ReadAfter == 0 && b.ReplyAfter == 0 {
		p.perform(ctx, b, from, in, answer)
		return
	}
	p.net.srv().Go(func(ctx context.Context) { p.perform(ctx, b, from, in, answer) })
}

func (p *person) perform(ctx context.Context, b Behaviour, from *Account, in Incoming, answer string) {
	if b.Read && pause(ctx, b.ReadAfter) {
		_ = p.contact.Read(ctx, from, in.ID)
	}
	if answer == "" {
		return
	}
	if b.Typing {
		_ = p.contact.Type(ctx, from, true)
	}
	if pause(ctx, b.ReplyAfter) {
		_, _ = p.contact.Write(ctx, from, answer)
	}
}

// pause waits and reports false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
