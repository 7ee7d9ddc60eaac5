package send_test

import (
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
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa"
)

func TestWhatCannotBeSentIsRefusedBeforeItIsStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.say(budi, "Halo")
		other := h.say(siti, "lain")
		mine := h.say(budi, "Halo lagi")
		for name, c := range map[string]struct {
			change func(*send.Request)
			code   fault.Code
			field  string
		}{
			"empty text":              {func(r *send.Request) { r.Text = " \n" }, fault.Invalid, "text"},
			"70 kB of text":           {func(r *send.Request) { r.Text = strings.Repeat("x", 70<<10) }, fault.TooLarge, "text"},
			"broken UTF-8":            {func(r *send.Request) { r.Text = "a\xff" }, fault.Invalid, "text"},
			"a NUL":                   {func(r *send.Request) { r.Text = "a\x00b" }, fault.Invalid, "text"},
			"no recipient":            {func(r *send.Request) { r.To = "" }, fault.Invalid, "to"},
			"malformed phone":         {func(r *send.Request) { r.To = "12" }, fault.Invalid, "phone"},
			"words for a phone":       {func(r *send.Request) { r.To = "kantor pusat" }, fault.Invalid, "phone"},
			"unknown contact":         {func(r *send.Request) { r.To = "01JXXXXXXXXXXXXXXXXXXXXXXX" }, fault.NotFound, ""},
			"unknown conversation":    {func(r *send.Request) { r.Conversation = "nothing" }, fault.NotFound, ""},
			"unknown number":          {func(r *send.Request) { r.Number = "n9" }, fault.NotFound, "number"},
			"quote of nothing":        {func(r *send.Request) { r.Quoted = "nothing" }, fault.NotFound, "quoted"},
			"quote of another chat":   {func(r *send.Request) { r.Quoted = other.ID }, fault.NotFound, "quoted"},
			"metadata that is a list": {func(r *send.Request) { r.Metadata = json.RawMessage(`[]`) }, fault.Invalid, "metadata"},
			"expiry in the past":      {func(r *send.Request) { r.ExpiresAt = time.Now().Add(-time.Second) }, fault.Invalid, "expires_at"},
			"expiry in a month":       {func(r *send.Request) { r.ExpiresAt = time.Now().Add(30 * 24 * time.Hour) }, fault.Invalid, "expires_at"},
			"a long client_ref":       {func(r *send.Request) { r.ClientRef = strings.Repeat("x", 129) }, fault.Invalid, "client_ref"},
		} {
			r := send.Request{To: budi, Text: "Halo", Author: ani}
			c.change(&r)
			_, _, err := h.Enqueue(t.Context(), workspace, r)
			require.Equal(t, c.code, fault.CodeOf(err), "%s: %v", name, err)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.field, f.Field, name)
		}
		queue, err := h.Queue(t.Context(), workspace)
		require.NoError(t, err)
		require.Equal(t, 3, queue.Waiting)
		p, err := h.inbox.Messages(t.Context(), workspace, mine.Conversation, page.Request{})
		require.NoError(t, err)
		require.Len(t, p.Items, 2)
	})
}

func TestTheLargestTextGoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, h.link)
		m := h.say(budi, strings.Repeat("x", wa.MaxTextBytes))
		h.becomes(m.ID, event.StatusSent)
	})
}

func TestAnotherWorkspaceCannotSendHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.say(budi, "Halo")
		for _, r := range []send.Request{
			{Conversation: m.Conversation, Text: "x", Author: ani},
			{To: budi, Number: "n1", Text: "x", Author: ani},
		} {
			_, _, err := h.Enqueue(t.Context(), "w2", r)
			require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound})
		}
		_, _, err := h.Enqueue(t.Context(), "w2", send.Request{To: budi, Text: "x", Author: ani})
		require.ErrorIs(t, err, &fault.Error{Code: fault.Conflict, Reason: "no_primary_number"})
		_, err = h.Retry(t.Context(), "w2", m.ID)
		require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound})
		waits, err := h.Waiting(t.Context(), "w2", m.ID)
		require.NoError(t, err)
		require.Empty(t, waits)
	})
}

func TestTheSameKeyGivesTheSameMessage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := send.Request{To: budi, Text: "Halo", Author: ani, IdempotencyKey: "k1", Fingerprint: "f1"}
		var wg sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			wg.Go(func() {
				m, _, err := h.Enqueue(t.Context(), workspace, r)
				if err == nil {
					ids[i] = m.ID
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.NotEmpty(t, ids[0])
		_, again, err := h.Enqueue(t.Context(), workspace, r)
		require.NoError(t, err)
		require.True(t, again)
		r.Fingerprint = "f2"
		_, _, err = h.Enqueue(t.Context(), workspace, r)
		require.ErrorIs(t, err, &fault.Error{Code: fault.Invalid, Reason: "idempotency_key_reused"})
		r.Author = event.Author{Kind: event.AuthorAPIKey, ID: "k"}
		m, again, err := h.Enqueue(t.Context(), workspace, r)
		require.False(t, again)
		require.NoError(t, err, "another author has keys of their own")
		require.NotEqual(t, ids[0], m.ID)
		queue, err := h.Queue(t.Context(), workspace)
		require.NoError(t, err)
		require.Equal(t, 2, queue.Waiting)
	})
}

func TestManyAtOnceMakeOneContactAndKeepTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, _, err := h.Enqueue(t.Context(), workspace, send.Request{To: budi, Text: "Halo", Author: ani})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := h.inbox.Conversations(t.Context(), workspace, inbox.Filter{}, page.Request{})
		require.NoError(t, err)
		require.Len(t, all.Items, 1)
	})
}

func TestTheAssistantWaits15Minutes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, _, err := h.Enqueue(t.Context(), workspace, send.Request{To: budi, Text: "Halo", Author: assistant})
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(15*time.Minute), *m.ExpiresAt, time.Minute)
	})
}

func TestAPersonMayTryAFailedMessageAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.Start(h.n, h.link)
		for _, c := range []struct {
			err    error
			status event.Status
			same   bool // the WhatsApp id
		}{
			{outcome(wa.Unclear, ""), event.StatusUnknown, true},
			{outcome(wa.NotSent, ""), event.StatusFailed, true},
			{outcome(wa.Rejected, "479"), event.StatusFailed, false},
			{outcome(wa.NoAccount, ""), event.StatusFailed, false},
		} {
			h.link.answers(func(wa.Outgoing, int) error { return c.err })
			m := h.say(budi, c.err.Error())
			h.becomes(m.ID, c.status)
			h.link.answers(nil)
			again, err := h.Retry(t.Context(), workspace, m.ID)
			require.NoError(t, err)
			require.Equal(t, event.StatusQueued, again.Status)
			require.Nil(t, again.Failure)
			require.Equal(t, c.same, again.WAID == m.WAID, c.err)
			require.Equal(t, again.WAID, h.becomes(m.ID, event.StatusSent).WAID)
			_, err = h.Retry(t.Context(), workspace, m.ID)
			require.ErrorIs(t, err, &fault.Error{Code: fault.Conflict, Reason: "not_failed"})
		}
	})
}

func TestWhatIsRefusedAfterAnUnclearTryKeepsItsId(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.answers(func(_ wa.Outgoing, attempt int) error {
			if attempt == 1 {
				return outcome(wa.Unclear, "")
			}
			return outcome(wa.Rejected, "479")
		})
		h.Start(h.n, h.link)
		m := h.say(budi, "Halo")
		unknown := h.becomes(m.ID, event.StatusUnknown)
		require.Equal(t, send.FailureRejected, unknown.Failure.Code)
		require.Contains(t, unknown.Failure.Message, "may have arrived")
		h.link.answers(nil)
		again, err := h.Retry(t.Context(), workspace, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.WAID, again.WAID, "under another id the recipient could see it twice")
		h.becomes(m.ID, event.StatusSent)

		h.link.answers(func(wa.Outgoing, int) error { return outcome(wa.Unclear, "") })
		m = h.say(siti, "Halo")
		h.becomes(m.ID, event.StatusUnknown)
		h.link.answers(func(wa.Outgoing, int) error { return outcome(wa.Rejected, "479") })
		_, err = h.Retry(t.Context(), workspace, m.ID)
		require.NoError(t, err)
		h.becomes(m.ID, event.StatusUnknown)
		h.link.answers(nil)
		again, err = h.Retry(t.Context(), workspace, m.ID)
		require.NoError(t, err)
		require.Equal(t, m.WAID, again.WAID, "also when a person's own try was refused after it")
		h.becomes(m.ID, event.StatusSent)
	})
}

func TestALockedMessageIsNotTriedAgainForADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		now := new(movable)
		h.restart(func(o *send.Options) { o.Clock = now })
		h.Start(h.n, h.link)
		h.link.answers(func(wa.Outgoing, int) error { return outcome(wa.Locked, "463") })
		m := h.say(budi, "Halo")
		h.becomes(m.ID, event.StatusFailed)
		_, err := h.Retry(t.Context(), workspace, m.ID)
		require.ErrorIs(t, err, &fault.Error{Code: fault.Conflict, Reason: send.FailureLocked})
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.InDelta(t, 24, f.RetryAfter.Hours(), 0.1)

		h.link.answers(nil)
		now.ahead.Store(int64(25 * time.Hour))
		h.newChats(time.Time{})
		_, err = h.Retry(t.Context(), workspace, m.ID)
		require.NoError(t, err)
		h.becomes(m.ID, event.StatusSent)
	})
}

// movable is the system's clock, ahead by as much as the test says.
type movable struct{ ahead atomic.Int64 }

func (m *movable) Now() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())) }

// waits is why a message has not gone yet; zero when it has.
func (h *house) waits(m event.Message) send.Waiting {
	h.t.Helper()
	all, err := h.Waiting(h.t.Context(), workspace, m.ID)
	require.NoError(h.t, err)
	return all[m.ID]
}

func TestAMessageSaysWhenItGoesAndWhyNotSooner(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		waits := func(m event.Message, want send.WaitReason) send.Waiting {
			t.Helper()
			var got send.Waiting
			require.Eventually(t, func() bool {
				got = h.waits(m)
				return got.Reason == want
			}, waitFor, tick, "%s", want)
			return got
		}
		first, second, third := h.say(budi, "b1"), h.say(siti, "s1"), h.say(budi, "b2")
		waits(first, send.WaitDisconnected)
		h.link.answers(func(m wa.Outgoing, _ int) error {
			if m.Text == "b1" {
				return outcome(wa.NotSent, "")
			}
			return nil
		})
		h.Start(h.n, h.link)
		got := waits(first, send.WaitRetry)
		require.Equal(t, 1, got.Attempts)
		require.True(t, got.At.After(time.Now().Add(time.Minute)))
		waits(second, send.WaitDone)
		behind := waits(third, send.WaitBehind)
		require.Equal(t, 1, behind.Ahead)
		require.Equal(t, got.At, behind.At, "it says when the one before it is tried again")
		all, err := h.Waiting(t.Context(), workspace, first.ID, second.ID, third.ID)
		require.NoError(t, err)
		require.Equal(t, map[string]send.Waiting{first.ID: got, third.ID: behind}, all, "all at once, and only those that wait")

		h.link.holdAll()
		fourth := h.say(siti, "s2")
		waits(fourth, send.WaitSending)
		h.link.answerAll()
		waits(fourth, send.WaitDone)
	}, func(o *send.Options) { o.Timing.RetryBase, o.Timing.RetryCap = time.Hour, time.Hour })
}

// TestAMessageOutCostsFewStatements holds the figures of docs/adr/0009-outbox.md.
func TestAMessageOutCostsFewStatements(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		conversation := h.say(budi, "Halo").Conversation
		outbox := store.Outbox{DB: h.db}
		step, err := outbox.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		before := h.statements.Load()
		cost := func(most int64) {
			t.Helper()
			require.LessOrEqual(t, h.statements.Load()-before, most)
			before = h.statements.Load()
		}
		m, _, err := h.Enqueue(t.Context(), workspace, send.Request{Conversation: conversation, Text: "Lagi", Author: ani})
		require.NoError(t, err)
		cost(4)
		_, err = outbox.Step(t.Context(), h.n, []send.Result{{Claim: step.Claims[0], Status: event.StatusSent}}, 1)
		require.NoError(t, err)
		cost(3 + 3) // settle, claim
		require.Equal(t, send.WaitSending, h.waits(m).Reason)
	})
}
