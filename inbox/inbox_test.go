package inbox_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
)

const workspace = "w1"

// house is an inbox on a real database, with what it published and asked of links.
type house struct {
	*inbox.Service
	t  *testing.T
	db *store.DB
	// statements counts what ran in the database, without the stamping of events.
	statements atomic.Int64

	mu    sync.Mutex
	live  []event.Envelope
	reads [][]string
}

// each runs body on every engine.
func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := &house{t: t}
		cfg.Hooks.Statement = func(_ int64, query string) error {
			if !strings.Contains(query, "event_heads") { // the stamping of events is the log's
				h.statements.Add(1)
			}
			return nil
		}
		h.db = storetest.Open(t, cfg)
		h.Service = inbox.New(store.Inbox{DB: h.db}, inbox.Options{Links: h, Live: h})
		body(t, h)
	})
}

func (h *house) Publish(_ context.Context, e event.Envelope) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live = append(h.live, e)
}

func (h *house) MarkRead(_ context.Context, _, _ string, _ wa.Identity, ids []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads = append(h.reads, ids)
	return nil
}

func (h *house) SetTyping(context.Context, string, string, wa.Identity, bool) error { return nil }

func on(id string) wa.NumberRef { return wa.NumberRef{Workspace: workspace, ID: id, Epoch: 1} }

var (
	budi    = wa.Person{Identity: wa.Identity{Phone: "+6281200000001", LID: "100000001"}, PushName: "Budi"}
	siti    = wa.Person{Identity: wa.Identity{Phone: "+6281200000002", LID: "100000002"}, PushName: "Siti"}
	someDay = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
)

func text(from wa.Person, id, text string) wa.Incoming {
	return wa.Incoming{ID: id, Contact: from, Time: someDay, Kind: wa.KindText, Text: text}
}

// receive hands a message over and fails the test when it is refused.
func (h *house) receive(m wa.Incoming) {
	h.t.Helper()
	require.NoError(h.t, h.Message(h.t.Context(), on("n1"), m))
}

// only returns the single conversation.
func (h *house) only() inbox.Conversation {
	h.t.Helper()
	all := h.conversations(inbox.Filter{})
	require.Len(h.t, all, 1)
	return all[0]
}

func (h *house) conversations(f inbox.Filter) []inbox.Conversation {
	h.t.Helper()
	p, err := h.Conversations(h.t.Context(), workspace, f, page.Request{})
	require.NoError(h.t, err)
	return p.Items
}

// thread returns the texts of a conversation, oldest first.
func (h *house) thread(conversation string) []string {
	h.t.Helper()
	var all []string
	for _, m := range h.messages(conversation) {
		all = append(all, m.Text)
	}
	return all
}

func (h *house) messages(conversation string) []event.Message {
	h.t.Helper()
	p, err := h.Messages(h.t.Context(), workspace, conversation, page.Request{})
	require.NoError(h.t, err)
	for i, j := 0, len(p.Items)-1; i < j; i, j = i+1, j-1 {
		p.Items[i], p.Items[j] = p.Items[j], p.Items[i]
	}
	return p.Items
}

// events waits until count events are visible and returns their types.
func (h *house) events(count int) []event.Type {
	h.t.Helper()
	var types []event.Type
	require.Eventually(h.t, func() bool {
		types = nil
		for q := (event.Query{Limit: 200}); ; {
			p, err := h.db.Events(h.t.Context(), workspace, q)
			if err != nil || len(p.Items) == 0 {
				return err == nil && len(types) >= count
			}
			for _, e := range p.Items {
				types = append(types, e.Type)
			}
			q.After = p.Next
		}
	}, patience, 5*time.Millisecond)
	return types
}

func TestTheFirstMessageMakesContactConversationAndEvents(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))

		v := h.only()
		require.Equal(t, "n1", v.Number)
		require.Equal(t, event.Contact{ID: v.Contact.ID, Name: "Budi", Phone: budi.Phone, LID: budi.LID, Metadata: json.RawMessage("{}")}, v.Contact)
		require.Equal(t, 1, v.Unread)
		require.Equal(t, inbox.OwnerNobody, v.Owner)
		require.Equal(t, "Halo", v.LastMessage.Text)
		require.Equal(t, event.Author{Kind: event.AuthorContact, ID: v.Contact.ID, Name: "Budi"}, v.LastMessage.Author)
		require.Equal(t, event.StatusReceived, v.LastMessage.Status)
		require.Equal(t, someDay, v.LastMessage.Time)
		require.Equal(t, []event.Type{event.ContactCreated, event.ConversationOpened, event.MessageReceived}, h.events(3))
	})
}

func TestASecondArrivalChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))
		h.receive(text(budi, "A1", "Halo"))
		h.receive(text(wa.Person{Identity: wa.Identity{LID: budi.LID}}, "A1", "Halo"))

		require.Equal(t, 1, h.only().Unread)
		require.Equal(t, []string{"Halo"}, h.thread(h.only().ID))
		require.Len(t, h.events(3), 3)
	})
}

func TestTwoContactsMayUseTheSameWhatsAppID(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "dari Budi"))
		h.receive(text(siti, "A1", "dari Siti"))
		require.Len(t, h.conversations(inbox.Filter{}), 2)
	})
}

func TestAContactHasOneConversationOnEachNumber(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "satu"))
		require.NoError(t, h.Message(t.Context(), on("n2"), text(budi, "A2", "dua")))
		all := h.conversations(inbox.Filter{})
		require.Len(t, all, 2)
		require.Equal(t, all[0].Contact.ID, all[1].Contact.ID)
		require.Equal(t, []string{"n2"}, numbersOf(h.conversations(inbox.Filter{Number: "n2"})))
	})
}

func numbersOf(all []inbox.Conversation) (numbers []string) {
	for _, v := range all {
		numbers = append(numbers, v.Number)
	}
	return numbers
}

func TestAMessageFromThePhoneItselfIsOursAndReadsTheRest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))
		mine := text(wa.Person{Identity: budi.Identity}, "B1", "Halo juga")
		mine.FromMe = true
		h.receive(mine)

		v := h.only()
		require.Zero(t, v.Unread)
		require.Equal(t, event.Author{Kind: event.AuthorPhone}, v.LastMessage.Author)
		require.Equal(t, event.Out, v.LastMessage.Direction)
		require.Equal(t, event.StatusSent, v.LastMessage.Status)
		require.Equal(t, event.MessageSent, h.events(4)[3])
	})
}

func TestHistoryIsNeitherUnreadNorNews(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := text(budi, "H2", "dua")
		old.Time = someDay.Add(-time.Hour)
		older := text(budi, "H1", "satu")
		older.Time = someDay.Add(-2 * time.Hour)
		require.NoError(t, h.Service.History(t.Context(), on("n1"), []wa.Incoming{old}))
		require.NoError(t, h.Service.History(t.Context(), on("n1"), []wa.Incoming{older, old}))
		require.Zero(t, h.only().Unread)
		require.Equal(t, "dua", h.only().LastMessage.Text)

		h.receive(text(budi, "A1", "tiga"))
		require.Equal(t, []string{"satu", "dua", "tiga"}, h.thread(h.only().ID))
		require.Equal(t, 1, h.only().Unread)
		require.Equal(t, []event.Type{event.MessageReceived}, h.events(1))

		_, err := h.Service.MarkRead(t.Context(), workspace, h.only().ID, "")
		require.NoError(t, err)
		require.Equal(t, [][]string{{"A1"}}, h.reads)
	})
}

func TestAQuoteIsResolvedToTheMessageThatWeHold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Berapa harganya?"))
		answer := text(budi, "A2", "Yang ini")
		answer.Quoted = &wa.Quote{ID: "A1", Sender: budi.Identity, Text: "something else"}
		h.receive(answer)
		unknown := text(budi, "A3", "Dan itu")
		unknown.Quoted = &wa.Quote{ID: "X9", FromMe: true, Text: "promo lama"}
		h.receive(unknown)

		all := h.messages(h.only().ID)
		require.Equal(t, &event.Quoted{Message: all[0].ID, Text: "Berapa harganya?", Author: all[0].Author}, all[1].Quoted)
		require.Equal(t, &event.Quoted{Text: "promo lama", Author: event.Author{Kind: event.AuthorPhone}}, all[2].Quoted)
	})
}

func TestReadingClearsUnreadAndTellsTheContact(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, id := range []string{"A1", "A2", "A3"} {
			h.receive(text(budi, id, id))
		}
		all := h.messages(h.only().ID)
		v, err := h.Service.MarkRead(t.Context(), workspace, h.only().ID, all[1].ID)
		require.NoError(t, err)
		require.Equal(t, 1, v.Unread)
		v, err = h.Service.MarkRead(t.Context(), workspace, v.ID, "")
		require.NoError(t, err)
		require.Zero(t, v.Unread)
		_, err = h.Service.MarkRead(t.Context(), workspace, v.ID, "")
		require.NoError(t, err)
		require.Equal(t, [][]string{{"A2", "A1"}, {"A3"}}, h.reads)
		require.Len(t, h.live, 2)
		require.JSONEq(t, `{"conversation":"`+v.ID+`","unread":1}`, string(h.live[0].Data))

		_, err = h.Service.MarkRead(t.Context(), workspace, v.ID, "nothing")
		require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound})
	})
}

func TestReadingOnThePhoneClearsUnread(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "satu"))
		h.receive(text(budi, "A2", "dua"))
		read := func(id string) {
			require.NoError(t, h.Receipt(t.Context(), on("n1"), wa.Receipt{IDs: []string{id}, Contact: budi.Identity, Kind: wa.ReceiptReadSelf}))
		}
		read("unknown")
		require.Equal(t, 2, h.only().Unread)
		read("A1")
		require.Equal(t, 1, h.only().Unread)
		read("A2")
		require.Zero(t, h.only().Unread)
		require.Empty(t, h.reads)
	})
}

func TestTypingIsLiveOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Typing(t.Context(), on("n1"), wa.Typing{Contact: budi.Identity, Composing: true})
		require.Empty(t, h.live, "nobody is known yet")
		h.receive(text(budi, "A1", "Halo"))
		h.Typing(t.Context(), on("n1"), wa.Typing{Contact: wa.Identity{LID: budi.LID}, Composing: true})
		v := h.only()
		require.Len(t, h.live, 1)
		require.Equal(t, event.ConversationTyping, h.live[0].Type)
		require.JSONEq(t, `{"conversation":"`+v.ID+`","contact":"`+v.Contact.ID+`","on":true}`, string(h.live[0].Data))
		require.Zero(t, h.live[0].Seq)
	})
}

func TestForeignTextIsMadeFitForTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := text(wa.Person{Identity: budi.Identity, PushName: "Bu\x00di\n\u202e<b>"}, "A1", "a\x00b\xff<script>")
		h.receive(m)
		require.Equal(t, "ab\uFFFD<script>", h.only().LastMessage.Text)
		require.Equal(t, "Budi<b>", h.only().Contact.Name)
	})
}

func TestAnotherWorkspaceSeesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))
		v := h.only()
		ctx := t.Context()
		for name, err := range map[string]error{
			"conversation": second(h.Conversation(ctx, "w2", v.ID)),
			"messages":     second(h.Messages(ctx, "w2", v.ID, page.Request{})),
			"message":      second(h.MessageByID(ctx, "w2", v.LastMessage.ID)),
			"contact":      second(h.Contact(ctx, "w2", v.Contact.ID)),
			"read":         second(h.Service.MarkRead(ctx, "w2", v.ID, "")),
			"metadata":     second(h.SetMessageMetadata(ctx, "w2", v.LastMessage.ID, json.RawMessage(`{}`))),
		} {
			require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound}, name)
		}
		p, err := h.Contacts(ctx, "w2", "", page.Request{})
		require.NoError(t, err)
		require.Empty(t, p.Items)
	})
}

func second[T any](_ T, err error) error { return err }
