package send_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// TestOrderHoldsUnderAnyMixOfFailures sends messages of a few conversations through a WhatsApp and a database that
// both fail as drawn, and stops and starts the lane meanwhile. Whatever happens: within a conversation nothing
// arrives after a later message, every message ends, has the id it was queued with, and its status never goes back.
func TestOrderHoldsUnderAnyMixOfFailures(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		s := drawStory(rt)
		s.tell(rt, db, fmt.Sprintf("n%d", round))
	})
}

// try is what one send of a message does.
type try struct {
	outcome wa.Outcome // "" is success
	arrives bool       // an unclear send may have arrived
	receipt bool       // the contact's receipt comes before the answer
	keys    keys       // the provider commits keys before anything can leave
}

// story is one drawn course of events.
type story struct {
	conversations int
	messages      []int   // the conversation of each
	tries         [][]try // of each message; after them it succeeds
	flaws         []flaw  // of the database, one per step
	restarts      int
}

// keys says how a provider's commit of its keys goes, in which the results of earlier messages are written.
type keys int

const (
	keysNone keys = iota
	keysKept
	keysLost // nothing leaves then
)

type flaw int

const (
	flawless flaw = iota
	failsBefore
	failsAfter
)

func drawStory(t *rapid.T) story {
	s := story{conversations: rapid.IntRange(1, 3).Draw(t, "conversations"), restarts: rapid.IntRange(0, 2).Draw(t, "restarts")}
	for range rapid.IntRange(1, 20).Draw(t, "messages") {
		s.messages = append(s.messages, rapid.IntRange(0, s.conversations-1).Draw(t, "conversation"))
		s.tries = append(s.tries, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) try {
			return try{
				outcome: rapid.SampledFrom([]wa.Outcome{"", wa.NotSent, wa.Unclear, wa.Unclear, wa.Rejected, wa.NoAccount}).Draw(t, "outcome"),
				arrives: rapid.Bool().Draw(t, "arrives"),
				receipt: rapid.Bool().Draw(t, "receipt"),
				keys:    rapid.SampledFrom([]keys{keysNone, keysKept, keysKept, keysKept, keysLost}).Draw(t, "keys"),
			}
		}), 0, 4).Draw(t, "tries"))
	}
	s.flaws = rapid.SliceOfN(rapid.SampledFrom([]flaw{flawless, flawless, failsBefore, failsAfter}), 0, 12).Draw(t, "flaws")
	return s
}

func (s story) tell(t *rapid.T, db *store.DB, number string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*waitFor)
	defer cancel()
	h := &house{db: db, inbox: inbox.New(store.Inbox{DB: db}, inbox.Options{})}
	n := prepare(t, db, number)
	w := &world{story: s, db: db, inbox: h.inbox, n: n, tried: map[string]int{}, index: map[string]int{}}
	outbox := &flawed{Outbox: store.Outbox{DB: db}, flaws: s.flaws}
	timing := send.Timing{SendTimeout: waitFor, RetryBase: time.Millisecond, RetryCap: time.Millisecond, Attempts: 4}
	service := send.New(outbox, send.Options{Timing: timing})

	var queued []event.Message
	service.Start(n, w)
	for i, c := range s.messages {
		w.name(i)
		m, _, err := service.Enqueue(ctx, workspace, send.Request{To: w.phone(c), Number: number, Text: fmt.Sprint(i), Author: ani})
		require.NoError(t, err)
		queued = append(queued, m)
		if i < s.restarts {
			service.Stop(n)
			service.Start(n, w)
		}
	}
	for _, m := range queued {
		require.Eventually(t, func() bool { return ended(ctx, h, m.ID) }, waitFor, time.Millisecond)
		now, err := h.inbox.MessageByID(ctx, workspace, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.WAID, now.WAID)
	}
	service.Stop(n)
	w.check(t, queued)
	checkEvents(ctx, t, db, n, queued)
}

// ended reports whether a message is settled.
func ended(ctx context.Context, h *house, id string) bool {
	m, err := h.inbox.MessageByID(ctx, workspace, id)
	return err == nil && m.Status != event.StatusQueued && m.Status != event.StatusSending
}

// prepare makes a number that this node holds.
func prepare(t *rapid.T, db *store.DB, number string) wa.NumberRef {
	ctx := context.Background()
	epoch, err := store.Leases{DB: db}.Acquire(ctx, number)
	require.NoError(t, err)
	require.NoError(t, db.Write(ctx, workspace, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO numbers (workspace, id, name, provider, state, since, created_at) VALUES ($1, $2, 'x', 'web', 'connected', 1, 1)`, workspace, number); err != nil {
			return err
		}
		return tx.Claim(ctx, number, number, epoch)
	}))
	return wa.NumberRef{Workspace: workspace, ID: number, Epoch: epoch}
}

// world is the WhatsApp of a story.
type world struct {
	story
	db    *store.DB
	inbox *inbox.Service
	n     wa.NumberRef

	mu      sync.Mutex
	tried   map[string]int
	index   map[string]int // of a text among the messages
	arrived []int          // messages in the order of their arrivals, repeats included
}

func (w *world) name(i int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.index[fmt.Sprint(i)] = i
}

func (w *world) phone(conversation int) string {
	return fmt.Sprintf("+62812%08d", 10*len(w.n.ID)+conversation)
}

func (w *world) Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error) {
	one := w.draw(m.Text)
	if err := w.keep(ctx, one.keys); err != nil {
		return wa.Sent{}, outcome(wa.NotSent, "")
	}
	w.mu.Lock()
	i := w.index[m.Text]
	if one.outcome == "" || (one.outcome == wa.Unclear && one.arrives) {
		w.arrived = append(w.arrived, i)
	}
	w.mu.Unlock()
	if one.receipt && (one.outcome == "" || one.arrives) && one.outcome != wa.Rejected {
		if err := w.inbox.Receipt(ctx, w.n, wa.Receipt{IDs: []string{m.ID}, Contact: m.To, Kind: wa.ReceiptDelivered}); err != nil {
			return wa.Sent{}, err
		}
	}
	if one.outcome != "" {
		return wa.Sent{}, outcome(one.outcome, "")
	}
	return wa.Sent{Time: time.Now(), To: m.To}, nil
}

// draw is the next try of a message.
func (w *world) draw(text string) try {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, at := w.index[text], w.tried[text]
	w.tried[text]++
	if at < len(w.tries[i]) {
		return w.tries[i][at]
	}
	return try{arrives: true, keys: keysKept}
}

// keep commits keys as a provider does before a message may leave.
func (w *world) keep(ctx context.Context, how keys) error {
	switch how {
	case keysNone:
		return nil
	case keysLost:
		return errFlaw
	}
	session := web.Record{Key: web.Key{Kind: web.KindSession, Name: "somebody"}, Value: []byte("a session")}
	return store.Devices{DB: w.db}.Write(ctx, w.n, web.Batch{Put: []web.Record{session}})
}

// check holds that within a conversation no message arrived after a later one had.
func (w *world) check(t *rapid.T, queued []event.Message) {
	latest := map[int]int{}
	for _, i := range w.arrived {
		c := w.messages[i]
		if before, ok := latest[c]; ok && i < before {
			t.Fatalf("message %d arrived after %d: %v", i, before, w.arrived)
		}
		latest[c] = i
	}
	for i, m := range queued {
		if len(w.tries[i]) == 0 && w.tried[m.Text] == 0 {
			t.Fatalf("message %d was never sent", i)
		}
	}
}

// rank orders the states that events tell.
var rank = map[event.Type]int{
	event.MessageQueued: 0, event.MessageFailed: 1, event.MessageUnknown: 1, event.MessageSent: 2, event.MessageDelivered: 3,
}

// checkEvents holds that each message's events only move forward: queued, then one ending, then perhaps a receipt.
func checkEvents(ctx context.Context, t *rapid.T, db *store.DB, n wa.NumberRef, queued []event.Message) {
	last := map[string]int{}
	for q := (event.Query{Number: n.ID, Limit: page.MaxLimit}); ; {
		p, err := db.Events(ctx, workspace, q)
		require.NoError(t, err)
		if len(p.Items) == 0 {
			break
		}
		for _, e := range p.Items {
			id := messageOf(t, e)
			if id == "" {
				continue
			}
			r, ok := rank[e.Type]
			require.True(t, ok, "%s", e.Type)
			if before, seen := last[id]; seen && r <= before {
				t.Fatalf("%s of %s after rank %d", e.Type, id, before)
			}
			last[id] = r
		}
		q.After = p.Next
	}
	for _, m := range queued {
		require.Positive(t, last[m.ID], "the end of %s is told", m.ID)
	}
}

// A receipt takes away the message that the next one waits for, in the moment between the lane's look for what may go and
// its look for when something may. SQLite runs one unit at a time and knows no such moment.
func TestWhatAReceiptSetsFreeIsNotLeftAsleep(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if !h.parallel {
			return
		}
		first, second := h.say(budi, "b1"), h.say(budi, "b2")
		outbox := store.Outbox{DB: h.db}
		step, err := outbox.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		later := []send.Result{{Claim: step.Claims[0], Status: event.StatusQueued, RetryAt: time.Now().Add(time.Hour), Unclear: true}}
		_, err = outbox.Step(t.Context(), h.n, later, 0)
		require.NoError(t, err)

		receipt := sync.OnceFunc(func() {
			r := wa.Receipt{IDs: []string{first.WAID}, Contact: step.Claims[0].Out.To, Kind: wa.ReceiptDelivered}
			require.NoError(t, h.inbox.Receipt(t.Context(), h.n, r))
		})
		before := func(query string) {
			if strings.Contains(query, "AS held") { // nothing could be claimed
				h.before.Store(nil)
				receipt()
			}
		}
		h.before.Store(&before)
		step, err = outbox.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		require.Len(t, step.Claims, 1)
		require.Equal(t, second.ID, step.Claims[0].Message)
	})
}

// flawed is an outbox on a database that fails, before or after the commit.
type flawed struct {
	store.Outbox
	mu    sync.Mutex
	flaws []flaw
}

var errFlaw = errors.New("the database failed, as drawn")

func (f *flawed) Step(ctx context.Context, n wa.NumberRef, done []send.Result, claim int) (send.Step, error) {
	f.mu.Lock()
	one := flawless
	if len(f.flaws) > 0 {
		one, f.flaws = f.flaws[0], f.flaws[1:]
	}
	f.mu.Unlock()
	if one == failsBefore {
		return send.Step{}, errFlaw
	}
	step, err := f.Outbox.Step(ctx, n, done, claim)
	if one == failsAfter {
		return send.Step{}, errFlaw
	}
	return step, err
}

// messageOf is the id of the message that an event tells about; "" for other events.
func messageOf(t *rapid.T, e event.Envelope) string {
	if !strings.HasPrefix(string(e.Type), "message.") {
		return ""
	}
	var m event.Message
	require.NoError(t, json.Unmarshal(e.Data, &m))
	return m.ID
}

// The lane and the provider give up at the same moment: were the lane's the shorter, an answer on its way would be lost.
func TestASendHasAsLongAsTheProviderWaits(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.SQLite(t), func(o *send.Options) { o.Timing = send.Timing{} })
	ends := make(chan time.Time, 1)
	h.say(budi, "Halo")
	before := time.Now()
	h.Start(h.n, sender(func(ctx context.Context) {
		end, _ := ctx.Deadline()
		ends <- end
	}))
	end := <-ends
	require.False(t, end.Before(before.Add(wa.SendTimeout)), "less time than the provider's")
	require.False(t, end.After(time.Now().Add(wa.SendTimeout)), "more time than the provider's")
	require.Equal(t, 20*time.Second, wa.SendTimeout)
}

// sender is a WhatsApp that takes everything.
type sender func(ctx context.Context)

func (s sender) Send(ctx context.Context, m wa.Outgoing) (wa.Sent, error) {
	s(ctx)
	return wa.Sent{Time: time.Now(), To: m.To}, nil
}
