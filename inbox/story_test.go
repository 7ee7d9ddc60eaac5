package inbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

const patience = 2 * time.Minute

// shop is one workspace with one connected number, on a real database and a simulated WhatsApp: everything
// between the network and the inbox is the program's own.
type shop struct {
	*house
	net   *sim.Network
	phone *sim.Account
	out   *send.Service
	ws    string
	n     string
	stop  func()

	sendTimeout time.Duration // how long a send may take
}

// stories runs a story on every engine.
func stories(t *testing.T, story func(t *testing.T, s *shop), change ...func(*shop)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &shop{house: &house{t: t, db: db}, net: &sim.Network{}, ws: id.New(), sendTimeout: time.Minute}
		for _, c := range change {
			c(s)
		}
		simtest.Start(t, s.net)
		s.phone = s.net.Account("6281100000001")
		s.found()
		numbers := s.open()
		t.Cleanup(func() { s.stop() })
		s.link(numbers)
		story(t, s)
	})
}

// found makes the workspace.
func (s *shop) found() {
	s.t.Helper()
	require.NoError(s.t, s.db.Write(s.t.Context(), s.ws, func(tx *store.Tx) error {
		if _, err := tx.Exec(s.t.Context(), `INSERT INTO plans (workspace, max_numbers) VALUES ($1, 5)`, s.ws); err != nil {
			return err
		}
		_, err := tx.Exec(s.t.Context(), `INSERT INTO workspaces (workspace, name, country, timezone, origins, created_at) VALUES ($1, 'Toko', 'ID', 'Asia/Jakarta', '[]', 1)`, s.ws)
		return err
	}))
}

// open starts the rooms as the program does; stop ends them in its order.
func (s *shop) open() *number.Service {
	s.t.Helper()
	log := slog.New(slog.DiscardHandler)
	provider, err := web.New(web.Config{Store: store.Devices{DB: s.db}, Log: log, Simulator: &web.Simulator{URL: s.net.URL(), Root: s.net.RootKey()}})
	require.NoError(s.t, err)
	node := "node-" + id.New()
	epoch, release := storetest.Lease(s.t, s.db, node)
	limits := number.Limits{ConnectsPerSecond: -1, BackoffBase: 20 * time.Millisecond, BackoffCap: 200 * time.Millisecond,
		ConnectTimeout: time.Minute, PairedTimeout: time.Minute, Look: 100 * time.Millisecond}
	numbers := number.New(store.Numbers{DB: s.db}, provider, number.Options{Leases: lease{node, epoch}, Live: s.house, Log: log, Limits: limits})
	s.Service = inbox.New(store.Inbox{DB: s.db}, inbox.Options{Links: numbers, Live: s.house, Log: log})
	s.out = send.New(store.Outbox{DB: s.db}, send.Options{Log: log,
		Timing: send.Timing{SendTimeout: s.sendTimeout, RetryBase: 20 * time.Millisecond, RetryCap: 200 * time.Millisecond, Attempts: 50}})
	numbers.Bind(s.Service, s.out)
	stopNumbers, stopOut := run(numbers.Run), run(s.out.Run)
	s.stop = func() {
		stopOut()
		stopNumbers()
		release()
	}
	require.Eventually(s.t, numbers.Running, patience, time.Millisecond)
	return numbers
}

// run starts a service and returns what ends it and waits for it.
func run(service func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = service(ctx) }()
	return func() { cancel(); <-done }
}

type lease struct {
	node  string
	epoch int64
}

func (l lease) Node() string        { return l.node }
func (l lease) Epoch() int64        { return l.epoch }
func (lease) Lost() <-chan struct{} { return nil }

// link pairs the shop's number with its phone.
func (s *shop) link(numbers *number.Service) {
	s.t.Helper()
	n, err := numbers.Create(s.t.Context(), s.ws, number.Draft{Name: "Kasir"})
	require.NoError(s.t, err)
	s.n = n.ID
	_, err = numbers.Pair(s.t.Context(), s.ws, n.ID, number.MethodQR, "")
	require.NoError(s.t, err)
	var qr string
	require.Eventually(s.t, func() bool {
		v, err := numbers.Pairing(s.t.Context(), s.ws, n.ID)
		if err == nil && v.QR != nil {
			qr = v.QR.Text
		}
		return qr != ""
	}, patience, time.Millisecond)
	require.NoError(s.t, s.phone.Scan(simtest.Context(s.t), qr))
	require.Eventually(s.t, func() bool {
		got, err := numbers.Get(s.t.Context(), s.ws, n.ID)
		return err == nil && got.Ready()
	}, patience, time.Millisecond)
}

// chat waits for the conversation with a contact to satisfy a condition.
func (s *shop) chat(c *sim.Contact, want func(v inbox.Conversation) bool) (v inbox.Conversation) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		p, err := s.Conversations(s.t.Context(), s.ws, inbox.Filter{}, page.Request{})
		if err != nil {
			return false
		}
		for _, v = range p.Items {
			if (v.Contact.Phone.Digits() == c.Phone() || string(v.Contact.LID) == c.LID()) && v.LastMessage != nil && want(v) {
				return true
			}
		}
		return false
	}, patience, 5*time.Millisecond)
	return v
}

func lastIs(text string) func(inbox.Conversation) bool {
	return func(v inbox.Conversation) bool { return v.LastMessage.Text == text }
}

// answer sends a text of a person into a conversation.
func (s *shop) answer(r send.Request) event.Message {
	s.t.Helper()
	r.Author = event.Author{Kind: event.AuthorPerson, ID: "p1", Name: "Ani"}
	m, _, err := s.out.Enqueue(s.t.Context(), s.ws, r)
	require.NoError(s.t, err)
	return m
}

// becomes waits until a message has a status.
func (s *shop) becomes(id string, want event.Status) (m event.Message) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		var err error
		m, err = s.MessageByID(s.t.Context(), s.ws, id)
		return err == nil && m.Status == want
	}, patience, 5*time.Millisecond, "want %s", want)
	return m
}

// judge holds that the ledger saw every text to the contact once and in order.
func (s *shop) judge(c *sim.Contact, sent int) {
	s.t.Helper()
	var sum sim.Summary
	require.Eventually(s.t, func() bool {
		sum = s.net.Ledger.Summary(s.phone.Phone(), c.Phone())
		return sum.Missing == 0 && sum.Received >= sent
	}, patience, 5*time.Millisecond)
	require.Equal(s.t, sent, sum.Sent, "%+v", sum)
	require.Zero(s.t, sum.Duplicates+sum.OutOfOrder+sum.Lost, "%+v", sum)
}

func TestTextBothWaysWithQuoteReceiptsAndTyping(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		ctx := simtest.Context(t)
		budi := s.net.Contact("6281200000001")
		asked, err := budi.Write(ctx, s.phone, "Berapa harganya?")
		require.NoError(t, err)
		v := s.chat(budi, lastIs("Berapa harganya?"))
		require.Equal(t, wa.Phone("+6281200000001"), v.Contact.Phone)
		require.Equal(t, budi.LID(), string(v.Contact.LID))
		require.Equal(t, budi.PushName(), v.Contact.Name)
		require.Equal(t, 1, v.Unread)

		_, err = s.Service.MarkRead(t.Context(), s.ws, v.ID, "")
		require.NoError(t, err)
		require.NoError(t, budi.WaitReceipt(ctx, asked, "read"))
		require.NoError(t, s.Service.SetTyping(t.Context(), s.ws, v.ID, true))
		require.NoError(t, budi.WaitTyping(ctx, s.phone, true))

		m := s.answer(send.Request{Conversation: v.ID, Text: "Rp10.000", Quoted: v.LastMessage.ID})
		got, err := budi.WaitFor(ctx, sim.Text("Rp10.000"))
		require.NoError(t, err)
		require.Equal(t, m.WAID, got.ID)
		require.Equal(t, asked, got.Quoted())
		s.becomes(m.ID, event.StatusDelivered)
		require.NoError(t, budi.Read(ctx, s.phone, got.ID))
		s.becomes(m.ID, event.StatusRead)

		require.NoError(t, budi.Type(ctx, s.phone, true))
		require.Eventually(t, func() bool { return s.published(event.ConversationTyping) > 0 }, patience, 5*time.Millisecond)
		_, err = budi.Reply(ctx, got, "Baik")
		require.NoError(t, err)
		v = s.chat(budi, lastIs("Baik"))
		require.Equal(t, m.ID, v.LastMessage.Quoted.Message)
		require.Equal(t, "Rp10.000", v.LastMessage.Quoted.Text)
		s.judge(budi, 1)
	})
}

func (h *house) published(typ event.Type) (count int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.live {
		if e.Type == typ {
			count++
		}
	}
	return count
}

func TestWhatTheOwnerWritesOnThePhoneIsShown(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		budi := s.net.Contact("6281200000001")
		_, err := budi.Write(simtest.Context(t), s.phone, "Halo")
		require.NoError(t, err)
		s.chat(budi, lastIs("Halo"))
		_, err = s.phone.Write(simtest.Context(t), budi, "Dari HP")
		require.NoError(t, err)
		v := s.chat(budi, lastIs("Dari HP"))
		require.Equal(t, event.Author{Kind: event.AuthorPhone}, v.LastMessage.Author)
		require.Zero(t, v.Unread)
	})
}

func TestEveryMessageArrivesOnceAndInOrderWhateverHappensOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*sim.Faults)
		// sendTimeout is as short as it can be where it has to pass.
		sendTimeout time.Duration
	}{
		"cut before the acknowledgement": {func(f *sim.Faults) { f.CutBeforeAck, f.Limit = true, 3 }, time.Minute},
		"cut after the acknowledgement":  {func(f *sim.Faults) { f.CutAfterAck, f.Limit = true, 3 }, time.Minute},
		"no acknowledgement":             {func(f *sim.Faults) { f.NoAck, f.Limit = true, 2 }, 3 * time.Second},
		"refused for a while":            {func(f *sim.Faults) { f.SendError, f.Limit = 503, 3 }, time.Minute},
		"everything twice":               {func(f *sim.Faults) { f.Duplicate = 1 }, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			stories(t, func(t *testing.T, s *shop) {
				s.phone.SetFaults(c.fault)
				budi, siti := s.net.Contact("6281200000001"), s.net.Contact("6281200000002")
				var last [2]event.Message
				for i := range 5 {
					last[0] = s.answer(send.Request{To: budi.Phone(), Text: fmt.Sprint("b", i)})
					last[1] = s.answer(send.Request{To: "+" + siti.Phone(), Text: fmt.Sprint("s", i)})
				}
				for _, m := range last {
					s.becomes(m.ID, event.StatusDelivered)
				}
				s.judge(budi, 5)
				s.judge(siti, 5)
			}, func(s *shop) { s.sendTimeout = c.sendTimeout })
		})
	}
}

func TestAMessageThatArrivesTwiceIsShownOnce(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		s.phone.SetFaults(func(f *sim.Faults) { f.Duplicate = 2 })
		budi := s.net.Contact("6281200000001")
		for i := range 3 {
			_, err := budi.Write(simtest.Context(t), s.phone, fmt.Sprint(i))
			require.NoError(t, err)
		}
		v := s.chat(budi, lastIs("2"))
		p, err := s.Messages(t.Context(), s.ws, v.ID, page.Request{})
		require.NoError(t, err)
		require.Len(t, p.Items, 3)
		require.Equal(t, 3, v.Unread)
	})
}

func TestALockOnNewChatsIsNeverTriedAgain(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		s.phone.SetFaults(func(f *sim.Faults) { f.SendError, f.SendErrorCold = 463, true })
		warm, cold := s.net.Contact("6281200000001"), s.net.Contact("6281200000002")
		_, err := warm.Write(simtest.Context(t), s.phone, "Halo")
		require.NoError(t, err)
		v := s.chat(warm, lastIs("Halo"))
		locked := s.answer(send.Request{To: cold.Phone(), Text: "Promo"})
		failed := s.becomes(locked.ID, event.StatusFailed)
		require.Equal(t, send.FailureLocked, failed.Failure.Code)
		s.becomes(s.answer(send.Request{Conversation: v.ID, Text: "Silakan"}).ID, event.StatusDelivered)
		require.Equal(t, 1, s.net.Ledger.Summary(s.phone.Phone(), cold.Phone()).Refused)
	})
}

func TestAPhoneWithoutWhatsAppSaysSo(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		m := s.answer(send.Request{To: "+6281299999999", Text: "Halo"})
		require.Equal(t, send.FailureNoAccount, s.becomes(m.ID, event.StatusFailed).Failure.Code)
	}, func(s *shop) { s.net.Unregistered = func(phone string) bool { return phone == "6281299999999" } })
}

func TestAContactWhoHidTheirPhoneAndTheirPhoneAreOnePersonLater(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		budi := s.net.Contact("6281200000001")
		budi.HidePhone(true)
		_, err := budi.Write(simtest.Context(t), s.phone, "Halo")
		require.NoError(t, err)
		v := s.chat(budi, lastIs("Halo"))
		require.Empty(t, v.Contact.Phone)
		budi.HidePhone(false)
		m := s.answer(send.Request{To: "0812-0000-0001", Text: "Anda yang tadi?"})
		require.NotEqual(t, v.ID, m.Conversation)
		m = s.becomes(m.ID, event.StatusDelivered)
		require.Equal(t, v.ID, m.Conversation, "the older conversation remains")
		v, err = s.Conversation(t.Context(), s.ws, v.ID)
		require.NoError(t, err)
		require.Equal(t, wa.Phone("+6281200000001"), v.Contact.Phone)
		require.Equal(t, budi.LID(), string(v.Contact.LID))
	})
}

func TestAStopInMidSendLosesAndRepeatsNothing(t *testing.T) {
	stories(t, func(t *testing.T, s *shop) {
		budi := s.net.Contact("6281200000001")
		s.phone.SetFaults(func(f *sim.Faults) { f.AckDelay = 30 * time.Millisecond })
		var last event.Message
		for i := range 12 {
			last = s.answer(send.Request{To: budi.Phone(), Text: fmt.Sprint(i)})
			if i%4 == 3 {
				s.stop()
				s.open()
			}
		}
		s.becomes(last.ID, event.StatusDelivered)
		s.judge(budi, 12)
	})
}
