package number

import (
	"context"

	"github.com/sapa-chat/sapa/wa"
)

// receiver takes what the links bring: messages go to the inbox, signals to the number's runner.
type receiver struct{ s *Service }

var _ wa.Receiver = receiver{}

// Message implements [wa.Receiver].
func (t receiver) Message(ctx context.Context, n wa.NumberRef, m wa.Incoming) error {
	if err := t.s.inbox.Message(ctx, n, m); err != nil {
		return err
	}
	t.s.taken.Add(1)
	if r := t.s.runner(n.ID); r != nil {
		r.activity.Store(t.s.clock.Now().UnixMilli())
	}
	return nil
}

// History implements [wa.Receiver].
func (t receiver) History(ctx context.Context, n wa.NumberRef, past []wa.Incoming) error {
	return t.s.inbox.History(ctx, n, past)
}

// Receipt implements [wa.Receiver].
func (t receiver) Receipt(ctx context.Context, n wa.NumberRef, r wa.Receipt) error {
	return t.s.inbox.Receipt(ctx, n, r)
}

// Typing implements [wa.Receiver].
func (t receiver) Typing(ctx context.Context, n wa.NumberRef, typing wa.Typing) {
	t.s.inbox.Typing(ctx, n, typing)
}

// Learned implements [wa.Receiver].
func (t receiver) Learned(ctx context.Context, n wa.NumberRef, people []wa.Person) error {
	return t.s.inbox.Learned(ctx, n, people)
}

// SentText implements [wa.Receiver].
func (t receiver) SentText(ctx context.Context, n wa.NumberRef, messageID string) (wa.Outgoing, bool, error) {
	return t.s.inbox.SentText(ctx, n, messageID)
}

// Signal implements [wa.Receiver].
func (t receiver) Signal(_ context.Context, n wa.NumberRef, s wa.Signal) {
	if r := t.s.runner(n.ID); r != nil && r.ref.Epoch == n.Epoch {
		r.signal(s)
	}
}

// AdmitPairing implements [wa.Receiver].
func (t receiver) AdmitPairing(ctx context.Context, n wa.NumberRef, p wa.Person) error {
	return t.s.admit(ctx, n, p.Phone)
}
