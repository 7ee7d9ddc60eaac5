// Package watest is the conformance suite of providers: what package number and
// send rely on, whatever way a provider takes to WhatsApp.
//
// A provider passes it against the simulated network, in an external test that
// implements [World]. It is for tests only and knows no provider and no simulator.
package watest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/wa"
)

// World is a network with one linked number and one contact of it, made anew for each test.
type World interface {
	// Link is the number's link, connected. What it reports goes to the Recorder that the world was made with.
	Link() wa.Link
	// Contact is the other side.
	Contact() wa.Identity
	// Write lets the contact write, and returns the message's WhatsApp id.
	Write(t *testing.T, text string) (id string)
	// Heard waits until the contact has a text and returns its id and the id that it quotes.
	Heard(t *testing.T, text string) (id, quoted string)
	// Read lets the contact read one of the number's messages.
	Read(t *testing.T, id string)
	// Acknowledged reports whether the provider has acknowledged a message of the contact.
	Acknowledged(t *testing.T, id string) bool
	// Typing waits until the contact sees the number type.
	Typing(t *testing.T)
	// Nobody is a phone without WhatsApp.
	Nobody() wa.Phone
	// Refuse makes the network refuse sends with WhatsApp's code.
	Refuse(t *testing.T, code int)
}

const patience = 2 * time.Minute // on a busy machine

// Run runs the suite; build makes a world that reports to r.
func Run(t *testing.T, build func(t *testing.T, r *Recorder) World) {
	for name, test := range map[string]func(t *testing.T, w World, r *Recorder){
		"a text arrives once, with its author":             arrives,
		"nothing is acknowledged before it is stored":      storedFirst,
		"a text leaves under the id that was chosen":       leaves,
		"a quoted reply quotes":                            quotes,
		"receipts come back":                               receipts,
		"typing is shown":                                  types,
		"a phone without WhatsApp is told apart":           nobody,
		"a lock on new chats is told apart":                locked,
		"without a connection nothing is sent":             offline,
		"what is written meanwhile comes after connecting": meanwhile,
		"closing is final":                                 closes,
		"a probe is answered and life is seen":             lives,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := NewRecorder()
			test(t, build(t, r), r)
		})
	}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func arrives(t *testing.T, w World, r *Recorder) {
	id := w.Write(t, "halo")
	m := r.WaitMessage(t, "halo")
	require.Equal(t, id, m.ID)
	require.Equal(t, w.Contact(), m.Contact.Identity, "phone and LID are known from the first message on")
	require.False(t, m.FromMe)
	require.Equal(t, wa.KindText, m.Kind)
	require.WithinDuration(t, time.Now(), m.Time, time.Minute)
	require.Eventually(t, func() bool { return w.Acknowledged(t, id) }, patience, 5*time.Millisecond)
}

func storedFirst(t *testing.T, w World, r *Recorder) {
	r.FailNext(1)
	id := w.Write(t, "halo")
	r.WaitSignal(t, wa.SignalDisconnected)
	require.False(t, w.Acknowledged(t, id))
	require.NoError(t, w.Link().Connect(within(t)))
	r.WaitMessage(t, "halo")
	require.Eventually(t, func() bool { return w.Acknowledged(t, id) }, patience, 5*time.Millisecond)
}

func leaves(t *testing.T, w World, _ *Recorder) {
	for _, to := range []wa.Identity{w.Contact(), {Phone: w.Contact().Phone}} {
		sent, err := w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000000" + to.Phone.Digits()[10:], To: to, Text: "apa kabar"})
		require.NoError(t, err)
		require.Equal(t, w.Contact(), sent.To)
		require.WithinDuration(t, time.Now(), sent.Time, time.Minute)
	}
	id, _ := w.Heard(t, "apa kabar")
	require.Contains(t, id, "3EB0C0FFEE")
}

func quotes(t *testing.T, w World, r *Recorder) {
	id := w.Write(t, "berapa?")
	r.WaitMessage(t, "berapa?")
	_, err := w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000002", To: w.Contact(), Text: "lima",
		Quoted: &wa.Quote{ID: id, Sender: w.Contact(), Text: "berapa?"}})
	require.NoError(t, err)
	_, quoted := w.Heard(t, "lima")
	require.Equal(t, id, quoted)
}

func receipts(t *testing.T, w World, r *Recorder) {
	_, err := w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000003", To: w.Contact(), Text: "sudah?"})
	require.NoError(t, err)
	require.Equal(t, w.Contact(), r.WaitReceipt(t, "3EB0C0FFEE00000003", wa.ReceiptDelivered).Contact)
	w.Read(t, "3EB0C0FFEE00000003")
	r.WaitReceipt(t, "3EB0C0FFEE00000003", wa.ReceiptRead)
}

func types(t *testing.T, w World, _ *Recorder) {
	require.NoError(t, w.Link().SetTyping(within(t), w.Contact(), true))
	w.Typing(t)
}

func nobody(t *testing.T, w World, _ *Recorder) {
	_, ok, err := w.Link().Lookup(within(t), w.Nobody())
	require.NoError(t, err)
	require.False(t, ok)
	_, err = w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000004", To: wa.Identity{Phone: w.Nobody()}, Text: "ada?"})
	require.Equal(t, wa.NoAccount, wa.OutcomeOf(err))
	id, ok, err := w.Link().Lookup(within(t), w.Contact().Phone)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, w.Contact(), id)
}

func locked(t *testing.T, w World, _ *Recorder) {
	w.Refuse(t, 463)
	_, err := w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000005", To: w.Contact(), Text: "halo"})
	require.Equal(t, wa.Locked, wa.OutcomeOf(err))
	require.Equal(t, "463", wa.CodeOf(err))
}

func offline(t *testing.T, w World, _ *Recorder) {
	w.Link().Disconnect()
	_, err := w.Link().Send(within(t), wa.Outgoing{ID: "3EB0C0FFEE00000006", To: w.Contact(), Text: "halo"})
	require.Equal(t, wa.NotSent, wa.OutcomeOf(err))
	require.True(t, w.Link().LastLife().IsZero())
}

func meanwhile(t *testing.T, w World, r *Recorder) {
	w.Link().Disconnect()
	want := []string{"satu", "dua", "tiga"}
	for _, text := range want {
		w.Write(t, text)
	}
	require.NoError(t, w.Link().Connect(within(t)))
	r.WaitMessage(t, "tiga")
	require.Equal(t, want, r.Texts(), "in order, each once")
}

func closes(t *testing.T, w World, _ *Recorder) {
	w.Link().Close()
	require.Error(t, w.Link().Connect(within(t)))
}

func lives(t *testing.T, w World, _ *Recorder) {
	before := time.Now()
	require.NoError(t, w.Link().Probe(within(t)))
	require.False(t, w.Link().LastLife().Before(before))
}
