package send_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
)

const (
	workspace = "w1"
	budi      = "+6281200000001"
	siti      = "+6281200000002"
	waitFor   = time.Minute
	tick      = 2 * time.Millisecond
)

var (
	ani       = event.Author{Kind: event.AuthorPerson, ID: "p1", Name: "Ani"}
	assistant = event.Author{Kind: event.AuthorAssistant}
)

// fast are limits under which retries take milliseconds, and a send that the test holds is not given up by itself.
var fast = send.Timing{SendTimeout: time.Hour, StopGrace: time.Hour, RetryBase: 5 * time.Millisecond, RetryCap: 20 * time.Millisecond, Attempts: 4, ExpireEvery: 10 * time.Millisecond}

// house is an outbox on a real database with one number.
type house struct {
	*send.Service
	t     *testing.T
	db    *store.DB
	inbox *inbox.Service
	n     wa.NumberRef
	link  *link
	// statements counts what ran in the database, without the stamping of events.
	statements atomic.Int64
	// before is called with each of them before it runs.
	before atomic.Pointer[func(query string)]
	// parallel says that units run beside each other.
	parallel bool
}

// each runs body on every engine, the number not being ready yet.
func each(t *testing.T, body func(t *testing.T, h *house), options ...func(*send.Options)) {
	t.Helper()
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { body(t, open(t, cfg, options...)) })
}

func open(t *testing.T, cfg store.Config, options ...func(*send.Options)) *house {
	t.Helper()
	h := &house{t: t, link: newLink(), parallel: cfg.Postgres != ""}
	cfg.Hooks.Statement = func(_ int64, query string) error {
		// The stamping of events is the log's; the look for overdue rows is no message's.
		if !strings.Contains(query, "event_heads") && !strings.Contains(query, "WHERE expires_at") {
			h.statements.Add(1)
		}
		if before := h.before.Load(); before != nil {
			(*before)(query)
		}
		return nil
	}
	h.db = storetest.Open(t, cfg)
	h.inbox = inbox.New(store.Inbox{DB: h.db}, inbox.Options{})
	h.number("n1", true)
	h.n = h.claim("n1", "node-1")
	h.restart(options...)
	return h
}

// restart makes a new Service on the same database, as after a crash: the old one's lanes are forgotten, not settled.
func (h *house) restart(options ...func(*send.Options)) {
	h.t.Helper()
	o := send.Options{Timing: fast}
	for _, option := range options {
		option(&o)
	}
	service := send.New(store.Outbox{DB: h.db}, o)
	h.Service = service
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	h.t.Cleanup(func() {
		h.link.answerAll()
		cancel()
		require.NoError(h.t, <-ended)
	})
}

func (h *house) number(id string, primary bool) {
	h.t.Helper()
	require.NoError(h.t, h.db.Write(h.t.Context(), workspace, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `INSERT INTO workspaces (workspace, name, country, timezone, origins, created_at) VALUES ($1, 'Toko', 'ID', 'Asia/Jakarta', '[]', 1)
			ON CONFLICT DO NOTHING`, workspace)
		if err != nil {
			return err
		}
		_, err = tx.Exec(h.t.Context(), `INSERT INTO numbers (workspace, id, name, provider, state, since, is_primary, created_at) VALUES ($1, $2, 'Kasir', 'web', 'connected', 1, $3, 1)`,
			workspace, id, primary)
		return err
	}))
}

// claim takes the number's lane for a node under a new lease.
func (h *house) claim(number, node string) wa.NumberRef {
	h.t.Helper()
	epoch, err := store.Leases{DB: h.db}.Acquire(h.t.Context(), node)
	require.NoError(h.t, err)
	require.NoError(h.t, h.db.Write(h.t.Context(), workspace, func(tx *store.Tx) error {
		return tx.Claim(h.t.Context(), number, node, epoch)
	}))
	return wa.NumberRef{Workspace: workspace, ID: number, Epoch: epoch}
}

// say enqueues a text of a person.
func (h *house) say(to, text string) event.Message {
	h.t.Helper()
	m, _, err := h.Enqueue(h.t.Context(), workspace, send.Request{To: to, Text: text, Author: ani})
	require.NoError(h.t, err)
	return m
}

func (h *house) message(id string) event.Message {
	h.t.Helper()
	m, err := h.inbox.MessageByID(h.t.Context(), workspace, id)
	require.NoError(h.t, err)
	return m
}

// becomes waits until the message has the status.
func (h *house) becomes(id string, want event.Status) event.Message {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		m, err := h.inbox.MessageByID(h.t.Context(), workspace, id)
		return err == nil && m.Status == want
	}, waitFor, tick, "want %s", want)
	return h.message(id)
}

// told waits for count events about a message and returns their types.
func (h *house) told(message event.Message, count int) (types []event.Type) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		p, err := h.db.Events(h.t.Context(), workspace, event.Query{Limit: page.MaxLimit})
		types = nil
		for _, e := range p.Items {
			if e.Conversation == message.Conversation && e.Type != event.ConversationOpened {
				types = append(types, e.Type)
			}
		}
		return err == nil && len(types) >= count
	}, waitFor, tick)
	return types
}

// link is a WhatsApp whose answers the test decides; the zero answer is success.
type link struct {
	mu     sync.Mutex
	sent   []wa.Outgoing
	at     []time.Time // when each was taken
	answer func(m wa.Outgoing, attempt int) error
	tries  map[string]int
	hold   chan struct{} // when not nil, sends wait for it
	held   chan string   // ids of sends that wait
}

func newLink() *link { return &link{tries: map[string]int{}, held: make(chan string, 100)} }

func (l *link) Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error) {
	l.mu.Lock()
	l.tries[m.Text]++
	attempt, answer, hold := l.tries[m.Text], l.answer, l.hold
	l.mu.Unlock()
	if hold != nil {
		l.held <- m.ID
		select {
		case <-hold:
		case <-ctx.Done():
			return wa.Sent{}, &wa.SendError{Outcome: wa.Unclear, Err: ctx.Err()}
		}
	}
	if answer != nil {
		if err := answer(m, attempt); err != nil {
			return wa.Sent{}, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent, l.at = append(l.sent, m), append(l.at, time.Now())
	return wa.Sent{Time: time.Now(), To: m.To}, nil
}

func (l *link) answers(f func(m wa.Outgoing, attempt int) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = f
}

// holdAll makes every send wait; answerAll lets them go.
func (l *link) holdAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold = make(chan struct{})
}

func (l *link) answerAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hold != nil {
		close(l.hold)
		l.hold = nil
	}
}

// texts are what was taken, in order.
func (l *link) texts() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.sent {
		all = append(all, m.Text)
	}
	return all
}

func (l *link) attempts(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tries[text]
}

func outcome(o wa.Outcome, code string) error {
	return &wa.SendError{Outcome: o, Code: code, Err: errors.New("scripted")}
}

func TestAMessageGoesOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.say("0812-0000-0001", "Halo")
		require.Equal(t, event.StatusQueued, m.Status)
		require.Regexp(t, `^3EB0[0-9A-F]{18}$`, m.WAID)
		require.Equal(t, ani, m.Author)
		require.Equal(t, event.Out, m.Direction)
		require.WithinDuration(t, time.Now().Add(24*time.Hour), *m.ExpiresAt, time.Minute)

		h.Start(h.n, h.link)
		m = h.becomes(m.ID, event.StatusSent)
		require.Nil(t, m.ExpiresAt)
		require.Equal(t, wa.Outgoing{ID: m.WAID, To: wa.Identity{Phone: budi}, Text: "Halo"}, h.link.sent[0])
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageSent}, h.told(m, 2))

		v, err := h.inbox.Conversation(t.Context(), workspace, m.Conversation)
		require.NoError(t, err)
		require.Equal(t, wa.Phone(budi), v.Contact.Phone)
		require.Equal(t, m, *v.LastMessage)
		require.Zero(t, v.Unread)

		waiting, _, err := store.Outbox{DB: h.db}.Backlog(t.Context())
		require.NoError(t, err)
		require.Zero(t, waiting)
		require.Equal(t, send.Stats{Sent: 1}, h.Stats())

		second := h.say(budi, "Lagi")
		require.Equal(t, m.Conversation, second.Conversation)
		h.becomes(second.ID, event.StatusSent)
		queue, err := h.Queue(t.Context(), workspace)
		require.NoError(t, err)
		require.Equal(t, send.Queue{}, queue)
	})
}

func TestAnAnswerGoesOutInItsConversationWithItsQuote(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.number("n2", false)
		n2 := h.claim("n2", "node-2")
		who := wa.Person{Identity: wa.Identity{Phone: budi, LID: "1001"}, PushName: "Budi"}
		require.NoError(t, h.inbox.Message(t.Context(), n2, wa.Incoming{ID: "A1", Contact: who, Time: time.Now(), Kind: wa.KindText, Text: "Berapa?"}))
		all, err := h.inbox.Conversations(t.Context(), workspace, inbox.Filter{}, page.Request{})
		require.NoError(t, err)
		v := all.Items[0]

		m, _, err := h.Enqueue(t.Context(), workspace, send.Request{Conversation: v.ID, Text: "Rp10.000", Quoted: v.LastMessage.ID, Author: ani,
			ClientRef: "c1", Metadata: []byte(`{"a":1}`)})
		require.NoError(t, err)
		require.Equal(t, "n2", m.Number)
		require.Equal(t, "c1", m.ClientRef)
		require.Equal(t, &event.Quoted{Message: v.LastMessage.ID, Text: "Berapa?", Author: v.LastMessage.Author}, m.Quoted)

		h.Start(n2, h.link)
		h.becomes(m.ID, event.StatusSent)
		require.Equal(t, wa.Outgoing{ID: m.WAID, To: who.Identity, Text: "Rp10.000",
			Quoted: &wa.Quote{ID: "A1", Sender: who.Identity, Text: "Berapa?"}}, h.link.sent[0])

		out, ok, err := h.inbox.SentText(t.Context(), n2, m.WAID)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, h.link.sent[0], out)
	})
}

func TestWhatTheProviderLearnsWhileSendingJoinsTheGraph(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, learning{h.link})
		m := h.say(budi, "Halo")
		h.becomes(m.ID, event.StatusSent)
		who := wa.Person{Identity: wa.Identity{LID: "1001"}, PushName: "Budi"}
		require.NoError(t, h.inbox.Message(t.Context(), h.n, wa.Incoming{ID: "A1", Contact: who, Time: time.Now(), Kind: wa.KindText, Text: "Ya?"}))
		v, err := h.inbox.Conversation(t.Context(), workspace, m.Conversation)
		require.NoError(t, err)
		require.Equal(t, "Ya?", v.LastMessage.Text)
		require.Equal(t, wa.LID("1001"), v.Contact.LID)
	})
}

// learning is a link that knows every recipient's LID.
type learning struct{ *link }

func (l learning) Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error) {
	s, err := l.link.Send(ctx, m)
	s.To = wa.Identity{LID: "1001"}
	return s, err
}

func TestAConversationKeepsItsOrderAndHoldsBackOnlyItself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.answers(func(m wa.Outgoing, _ int) error {
			if m.Text == "b1" && h.link.attempts("s3") == 0 {
				return outcome(wa.NotSent, "")
			}
			return nil
		})
		var last event.Message
		for i := 1; i <= 3; i++ {
			last = h.say(budi, fmt.Sprintf("b%d", i))
			h.say(siti, fmt.Sprintf("s%d", i))
		}
		h.Start(h.n, h.link)
		h.becomes(last.ID, event.StatusSent)
		require.Equal(t, []string{"s1", "s2", "s3", "b1", "b2", "b3"}, h.link.texts())
	}, patient)
}

// patient never gives a message up.
func patient(o *send.Options) { o.Timing.Attempts = 1 << 30 }

func TestAnUnclearSendIsRepeatedWithTheSameId(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		h.link.answers(func(m wa.Outgoing, attempt int) error {
			ids = append(ids, m.ID)
			if attempt < 3 {
				return outcome(wa.Unclear, "")
			}
			return nil
		})
		h.Start(h.n, h.link)
		m := h.say(budi, "Halo")
		h.becomes(m.ID, event.StatusSent)
		require.Equal(t, []string{"Halo"}, h.link.texts())
		require.Equal(t, []string{m.WAID, m.WAID, m.WAID}, ids)
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageSent}, h.told(m, 2))
	})
}

func TestWhatWhatsAppRefusesFailsAtOnceAndSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, h.link)
		for i, c := range []struct {
			err  error
			code string
			says string
		}{
			{outcome(wa.Locked, "463"), send.FailureLocked, "463"},
			{outcome(wa.NoAccount, ""), send.FailureNoAccount, "not on WhatsApp"},
			{outcome(wa.Rejected, "479"), send.FailureRejected, "refused the message (479)"},
		} {
			h.link.answers(func(wa.Outgoing, int) error { return c.err })
			m := h.say(fmt.Sprintf("+62812000000%02d", i+10), fmt.Sprint("pesan ", i))
			failed := h.becomes(m.ID, event.StatusFailed)
			require.Equal(t, c.code, failed.Failure.Code)
			require.Contains(t, failed.Failure.Message, c.says)
			require.NotContains(t, failed.Failure.Message, "scripted", "an error's own text is internal")
			require.Equal(t, []event.Type{event.MessageQueued, event.MessageFailed}, h.told(m, 2))
			require.Equal(t, 1, h.link.attempts(m.Text))
			h.newChats(time.Time{})
		}
		queue, err := h.Queue(t.Context(), workspace)
		require.NoError(t, err)
		require.Equal(t, send.Queue{Failed24h: 3}, queue)
		require.Equal(t, send.Stats{Failed: 3}, h.Stats())
	})
}

func TestTriesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, h.link)
		h.link.answers(func(m wa.Outgoing, attempt int) error {
			if m.Text == "maybe" && attempt == 2 {
				return outcome(wa.Unclear, "")
			}
			return outcome(wa.NotSent, "")
		})
		never, maybe := h.say(budi, "never"), h.say(siti, "maybe")
		require.Equal(t, send.FailureNotSent, h.becomes(never.ID, event.StatusFailed).Failure.Code)
		require.Equal(t, send.FailureUnclear, h.becomes(maybe.ID, event.StatusUnknown).Failure.Code, "one of its tries may have left")
		require.Equal(t, 4, h.link.attempts("never"))
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageUnknown}, h.told(maybe, 2))
	})
}
