package e2e_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// companion is a linked device: a number of Sapa, or an unmodified whatsmeow client. What a story asks of both, it asks
// through this.
type companion interface {
	phone() string
	// login lets the companion forget its connection and come back, as a person would make it.
	login(t *testing.T)
	// send sends until the network took it or refused it for good, and returns the id of the sender and the refusal's code.
	send(ctx context.Context, to, text string) (id, refused string, err error)
	// got tells how often the companion shows a text that from wrote.
	got(ctx context.Context, from, text string) (int, error)
	// status is "sent", "delivered" or "read" of what it sent to a contact.
	status(ctx context.Context, id string) (string, error)
	// read marks what from wrote as read.
	read(ctx context.Context, from, text string) error
	// state is "connected", or why it is not and will not be by itself.
	state(ctx context.Context) (string, error)
}

// beside is a network in its own process, Sapa on it, and room for other clients.
type beside struct {
	*place
	net *drive.Network
}

func startBeside(t *testing.T, settings ...string) *beside {
	t.Helper()
	dir, program := t.TempDir(), binary(t)
	net, err := drive.StartNetwork(patient(t), program, dir)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, net.Stop())
		if log, err := os.ReadFile(dir + "/sim.log"); t.Failed() && err == nil {
			t.Logf("the network's log:\n%s", log)
		}
	})
	settings = append(append(net.Settings(), "--whatsapp.connects_per_second=0"), settings...)
	return &beside{place: launch(t, settings...), net: net}
}

// clean requires that everything that from promised to arrived once and in order.
func (b *beside) clean(t *testing.T, from, to string, promised int) {
	t.Helper()
	ctx := patient(t)
	var s sim.Summary
	err := drive.Until(ctx, func() (done bool, err error) {
		s, err = b.net.Judge(ctx, from, to)
		return s.Received >= promised, err
	})
	require.NoError(t, err, "from %s to %s: %+v", from, to, s)
	require.Equal(t, promised, s.Sent, "different messages from %s to %s: %+v", from, to, s)
	require.Zero(t, s.Missing+s.Lost+s.Duplicates+s.OutOfOrder, "from %s to %s: %+v", from, to, s)
}

// shows waits until the companion shows the text, and requires that Sapa does so once.
func shows(t *testing.T, c companion, from, text string) {
	t.Helper()
	ctx := patient(t)
	count := 0
	err := drive.Until(ctx, func() (done bool, err error) {
		count, err = c.got(ctx, from, text)
		return count > 0, err
	})
	require.NoError(t, err, "%q does not show", text)
	if _, ours := c.(*number); ours { // whatsmeow leaves repetitions to its user
		require.Equal(t, 1, count, "%q shows more than once", text)
	}
}

// waits until a companion says so of a message, or of itself.
func waits(t *testing.T, what string, ask func(context.Context) (string, error)) {
	t.Helper()
	ctx := patient(t)
	var last string
	err := drive.Until(ctx, func() (done bool, err error) {
		last, err = ask(ctx)
		return last == what, err
	})
	require.NoError(t, err, "it is %q, not %q", last, what)
}

// number is a number of Sapa as a companion.
type number struct {
	p      *place
	id, pn string
}

func (b *beside) number(t *testing.T, phone string) *number {
	t.Helper()
	ctx := patient(t)
	n, err := b.owner.AddNumber(ctx, "Toko "+phone)
	require.NoError(t, err)
	s := &number{b.place, n.ID, phone}
	b.link(t, s)
	return s
}

// link pairs the number by QR with the phone it is to have.
func (b *beside) link(t *testing.T, s *number) {
	t.Helper()
	ctx := patient(t)
	text, err := b.owner.QR(ctx, s.id)
	require.NoError(t, err)
	require.NoError(t, b.net.Scan(ctx, s.pn, text))
	require.NoError(t, b.owner.WaitState(ctx, s.id, "connected"))
}

func (s *number) phone() string { return s.pn }

func (s *number) login(t *testing.T) {
	t.Helper()
	require.NoError(t, s.p.owner.Do(patient(t), http.MethodPost, "/v1/numbers/"+s.id+"/restart", nil, nil))
}

// send waits until the message has left or failed.
func (s *number) send(ctx context.Context, to, text string) (id, refused string, err error) {
	m, err := s.p.owner.Send(ctx, s.id, "+"+to, text)
	if err != nil {
		return "", "", err
	}
	err = drive.Until(ctx, func() (bool, error) {
		m, err = s.p.owner.Message(ctx, m.ID)
		return m.Status != "queued" && m.Status != "sending", err
	})
	if m.Failure != nil {
		return m.ID, m.Failure.Code, err
	}
	return m.ID, "", err
}

func (s *number) messages(ctx context.Context, with string) ([]drive.Message, error) {
	all, err := s.p.owner.Conversations(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Contact.Phone == "+"+with && c.Number == s.id {
			return s.p.owner.Messages(ctx, c.ID)
		}
	}
	return nil, nil
}

func (s *number) got(ctx context.Context, from, text string) (count int, err error) {
	all, err := s.messages(ctx, from)
	for _, m := range all {
		if m.Direction == "in" && m.Text == text {
			count++
		}
	}
	return count, err
}

func (s *number) status(ctx context.Context, id string) (string, error) {
	m, err := s.p.owner.Message(ctx, id)
	return m.Status, err
}

func (s *number) read(ctx context.Context, from, text string) error {
	all, err := s.messages(ctx, from)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Text == text {
			return s.p.owner.Do(ctx, http.MethodPost, "/v1/conversations/"+m.Conversation+"/read", map[string]string{"up_to": m.ID}, nil)
		}
	}
	return errors.New("nothing to read")
}

// waiting is why a message has not left yet.
func (s *number) waiting(ctx context.Context, id string) (string, error) {
	var m struct {
		Waiting *struct {
			Reason string `json:"reason"`
		} `json:"waiting"`
	}
	err := s.p.owner.Do(ctx, http.MethodGet, "/v1/messages/"+id, nil, &m)
	if err != nil || m.Waiting == nil {
		return "", err
	}
	return m.Waiting.Reason, nil
}

func (s *number) state(ctx context.Context) (string, error) {
	n, err := s.p.owner.Number(ctx, s.id)
	if n.State == "connected" {
		return n.State, err
	}
	return n.State + " " + n.Cause + " " + n.CauseCode, err
}

// client is an unmodified whatsmeow client with its own store as a companion.
type client struct {
	*simtest.Client
	pn string
}

// trusted is the certificate root that whatsmeow trusts in this process; it depends on the seed alone.
var trusted = sync.OnceValue(func() *sim.Network { return &sim.Network{} })

func (b *beside) client(t *testing.T, phone string) *client {
	t.Helper()
	root := trusted().RootKey()
	require.Equal(t, base64.StdEncoding.EncodeToString(root[:]), b.net.Root)
	c := &client{simtest.NewClientAt(t, trusted(), b.net.URL), phone}
	c.SynchronousAck = true // else it acknowledges in any order
	c.AutoReconnectHook = func(error) bool { c.AutoReconnectErrors = 0; return true }
	c.RefreshCAT = func(context.Context) error { return errors.New("no such token") }
	require.NoError(t, b.net.Scan(patient(t), phone, simtest.QR(t, c.Client)))
	simtest.Settled(t, c.Client)
	return c
}

func (c *client) phone() string { return c.pn }

func (c *client) login(t *testing.T) {
	t.Helper()
	c.Disconnect()
	c.Forget()
	require.NoError(t, c.Connect())
}

// send repeats a message with the same id until the network took it or refused it for good, as Sapa does by itself.
func (c *client) send(ctx context.Context, to, text string) (id, refused string, err error) {
	id = c.GenerateMessageID()
	for {
		_, err = c.SendMessage(ctx, types.NewJID(to, types.DefaultUserServer), &waE2E.Message{Conversation: &text},
			whatsmeow.SendRequestExtra{ID: id, Timeout: 10 * time.Second})
		if err == nil {
			return id, "", nil
		}
		var code int
		if errors.Is(err, whatsmeow.ErrServerReturnedError) {
			_, _ = fmt.Sscanf(err.Error(), whatsmeow.ErrServerReturnedError.Error()+" %d", &code)
		}
		if code != 0 && code != 429 {
			return id, fmt.Sprint(code), nil
		}
		if !pause(ctx, 50*time.Millisecond) {
			return id, "", err
		}
	}
}

func (c *client) got(_ context.Context, _, text string) (int, error) {
	return simtest.Count(c.Client, func(e *events.Message) bool { return !e.Info.IsFromMe && e.Message.GetConversation() == text }), nil
}

func (c *client) status(_ context.Context, id string) (string, error) {
	is := func(kind types.ReceiptType) bool {
		return simtest.Count(c.Client, func(e *events.Receipt) bool { return e.Type == kind && e.MessageIDs[0] == id }) > 0
	}
	switch {
	case is(types.ReceiptTypeRead):
		return "read", nil
	case is(types.ReceiptTypeDelivered):
		return "delivered", nil
	default:
		return "sent", nil
	}
}

func (c *client) read(ctx context.Context, _, text string) error {
	var m *events.Message
	simtest.Count(c.Client, func(e *events.Message) bool {
		if e.Message.GetConversation() == text {
			m = e
		}
		return false
	})
	if m == nil {
		return errors.New("nothing to read")
	}
	return c.MarkRead(ctx, []types.MessageID{m.Info.ID}, time.Now(), m.Info.Chat, m.Info.Sender)
}

// state speaks Sapa's words for what whatsmeow reported last.
func (c *client) state(context.Context) (out string, err error) {
	simtest.Count(c.Client, func(e any) bool {
		switch e := e.(type) {
		case *events.Connected:
			out = "connected"
		case *events.LoggedOut:
			out = fmt.Sprint("logged_out ", int(e.Reason))
		case *events.TemporaryBan:
			out = fmt.Sprint("temporary_ban ", int(e.Code))
		case *events.ClientOutdated:
			out = "outdated"
		case *events.ConnectFailure:
			out = fmt.Sprint("refused ", int(e.Reason))
		case *events.StreamReplaced:
			out = "replaced"
		}
		return false
	})
	return out, nil
}
