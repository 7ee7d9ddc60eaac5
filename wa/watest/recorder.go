package watest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/wa"
)

// Recorder is a wa.Receiver that keeps what it gets, messages as an inbox does: the second arrival is a no-op.
type Recorder struct {
	mu       sync.Mutex
	messages []wa.Incoming
	past     []wa.Incoming
	receipts []wa.Receipt
	signals  []wa.Signal
	fail     int
}

var _ wa.Receiver = (*Recorder)(nil)

// NewRecorder makes an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Past are the texts of older messages, in the order in which they were handed over.
func (r *Recorder) Past() (texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.past {
		texts = append(texts, m.Text)
	}
	return texts
}

// FailNext makes the next n messages, or batches of older ones, fail.
func (r *Recorder) FailNext(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = n
}

// WaitFailed waits until all have failed that were to fail.
func (r *Recorder) WaitFailed(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.fail == 0
	}, patience, 2*time.Millisecond)
}

// Message implements wa.Receiver.
func (r *Recorder) Message(_ context.Context, _ wa.NumberRef, m wa.Incoming) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail > 0 {
		r.fail--
		return errors.New("the recorder was told to fail")
	}
	again := func(old wa.Incoming) bool { return old.ID == m.ID && old.Contact.Identity == m.Contact.Identity }
	if !m.FromMe && !slices.ContainsFunc(r.messages, again) {
		r.messages = append(r.messages, m)
	}
	return nil
}

// History implements wa.Receiver.
func (r *Recorder) History(_ context.Context, _ wa.NumberRef, past []wa.Incoming) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail > 0 {
		r.fail--
		return errors.New("the recorder was told to fail")
	}
	r.past = append(r.past, past...)
	return nil
}

// Receipt implements wa.Receiver.
func (r *Recorder) Receipt(_ context.Context, _ wa.NumberRef, receipt wa.Receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.receipts = append(r.receipts, receipt)
	return nil
}

// Signal implements wa.Receiver.
func (r *Recorder) Signal(_ context.Context, _ wa.NumberRef, s wa.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.signals = append(r.signals, s)
}

// Typing implements wa.Receiver.
func (r *Recorder) Typing(context.Context, wa.NumberRef, wa.Typing) {}

// Learned implements wa.Receiver.
func (r *Recorder) Learned(context.Context, wa.NumberRef, []wa.Person) error { return nil }

// AdmitPairing implements wa.Receiver and admits everybody.
func (r *Recorder) AdmitPairing(context.Context, wa.NumberRef, wa.Person) error { return nil }

// SentText implements wa.Receiver and knows nothing.
func (r *Recorder) SentText(context.Context, wa.NumberRef, string) (wa.Outgoing, bool, error) {
	return wa.Outgoing{}, false, nil
}

// Texts are the messages' texts in the order of their arrival.
func (r *Recorder) Texts() (texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.messages {
		texts = append(texts, m.Text)
	}
	return texts
}

// WaitMessage waits for a text.
func (r *Recorder) WaitMessage(t *testing.T, text string) wa.Incoming {
	t.Helper()
	return wait(t, r, func() []wa.Incoming { return r.messages }, func(m wa.Incoming) bool { return m.Text == text })
}

// WaitReceipt waits for a receipt of a message.
func (r *Recorder) WaitReceipt(t *testing.T, id string, kind wa.ReceiptKind) wa.Receipt {
	t.Helper()
	return wait(t, r, func() []wa.Receipt { return r.receipts }, func(x wa.Receipt) bool { return x.Kind == kind && slices.Contains(x.IDs, id) })
}

// WaitSignal waits for a signal, and takes it and all before it away.
func (r *Recorder) WaitSignal(t *testing.T, kind wa.SignalKind) wa.Signal {
	t.Helper()
	s := wait(t, r, func() []wa.Signal { return r.signals }, func(s wa.Signal) bool { return s.Kind == kind })
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.signals, func(s wa.Signal) bool { return s.Kind == kind })
	r.signals = r.signals[i+1:]
	return s
}

func wait[T any](t *testing.T, r *Recorder, all func() []T, match func(T) bool) (found T) {
	t.Helper()
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		i := slices.IndexFunc(all(), match)
		if i >= 0 {
			found = all()[i]
		}
		return i >= 0
	}, patience, 2*time.Millisecond)
	return found
}
