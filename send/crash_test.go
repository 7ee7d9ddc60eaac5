package send_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa"
)

func TestAfterACrashTheMessageOnTheWireGoesAgainFirstWithTheSameId(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, second := h.say(budi, "b1"), h.say(budi, "b2")
		step, err := store.Outbox{DB: h.db}.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		require.Equal(t, first.WAID, step.Claims[0].Out.ID)
		require.Equal(t, send.WaitSending, h.waits(first).Reason)
		// Here the process dies: whether b1 left, nobody knows.
		h.restart()
		h.n = h.claim("n1", "node-1")
		h.Start(h.n, h.link)
		h.becomes(second.ID, event.StatusSent)
		require.Equal(t, []string{"b1", "b2"}, h.link.texts())
		require.Equal(t, first.WAID, h.link.sent[0].ID)
	})
}

func TestALaneWithoutTheLeaseSendsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := h.n
		h.claim("n1", "node-1") // the same node started again elsewhere
		m := h.say(budi, "Halo")
		h.Start(old, h.link)
		require.Eventually(t, func() bool {
			return h.waits(m).Reason == send.WaitDisconnected
		}, waitFor, tick, "the lane ends")
		require.Empty(t, h.link.texts())
		require.Equal(t, event.StatusQueued, h.message(m.ID).Status)

		step, err := store.Outbox{DB: h.db}.Step(t.Context(), old, nil, 1)
		require.NoError(t, err)
		require.True(t, step.Fenced)
		require.Empty(t, step.Claims)
	})
}

func TestALaneThatLostItsLeaseInMidSendPutsNothingBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.say(budi, "Halo")
		outbox := store.Outbox{DB: h.db}
		mine, err := outbox.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		next := h.claim("n1", "node-1")
		_, err = outbox.Recover(t.Context(), next)
		require.NoError(t, err)
		theirs, err := outbox.Step(t.Context(), next, nil, 1)
		require.NoError(t, err)
		require.Equal(t, mine.Claims[0].Out, theirs.Claims[0].Out)

		_, err = outbox.Step(t.Context(), h.n, []send.Result{{Claim: mine.Claims[0], Status: event.StatusQueued}}, 0)
		require.NoError(t, err)
		require.Equal(t, send.WaitSending, h.waits(m).Reason, "the row is the new lane's")
		_, err = outbox.Step(t.Context(), h.n, []send.Result{{Claim: mine.Claims[0], Status: event.StatusSent}}, 0)
		require.NoError(t, err)
		_, err = outbox.Step(t.Context(), next, []send.Result{{Claim: theirs.Claims[0], Status: event.StatusFailed, Failure: &event.Failure{Code: "x"}}}, 0)
		require.NoError(t, err)
		require.Equal(t, event.StatusSent, h.message(m.ID).Status, "what was sent stays sent")
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageSent}, h.told(m, 2))
	})
}

func TestStopWaitsForTheMessageInFlight(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.holdAll()
		first, second := h.say(budi, "b1"), h.say(budi, "b2")
		h.Start(h.n, h.link)
		require.Equal(t, first.WAID, <-h.link.held)
		stopped := make(chan struct{})
		go func() { h.Stop(h.n); close(stopped) }()
		require.Eventually(t, func() bool {
			return h.waits(second).Reason == send.WaitDisconnected
		}, waitFor, tick)
		select {
		case <-stopped:
			t.Fatal("stopped with a message in flight")
		default:
		}
		h.link.answerAll()
		<-stopped
		require.Equal(t, event.StatusSent, h.message(first.ID).Status)
		require.Equal(t, event.StatusQueued, h.message(second.ID).Status)
		require.Equal(t, []string{"b1"}, h.link.texts())
	})
}

// Else a stop would take as long as a send may, which is longer than a stop may.
func TestAStopGivesUpAMessageThatWhatsAppDoesNotAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.holdAll()
		m := h.say(budi, "b1")
		h.Start(h.n, h.link)
		require.Equal(t, m.WAID, <-h.link.held)
		h.Stop(h.n)
		require.Equal(t, event.StatusQueued, h.message(m.ID).Status)
		back := newLink()
		h.Start(h.n, back)
		require.Equal(t, m.WAID, h.becomes(m.ID, event.StatusSent).WAID, "it goes again as itself")
		require.Equal(t, []string{"b1"}, back.texts())
	}, func(o *send.Options) { o.Timing.SendTimeout, o.Timing.StopGrace = time.Minute, 10*time.Millisecond })
}

func TestANumberThatComesBackWaitsForItsEarlierLane(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.holdAll()
		first := h.say(budi, "b1")
		h.Start(h.n, h.link)
		require.Equal(t, first.WAID, <-h.link.held)
		h.Gone(h.n)
		back := newLink()
		h.Start(h.n, back)
		second := h.say(budi, "b2")
		require.Empty(t, back.texts())
		h.link.answerAll()
		h.becomes(second.ID, event.StatusSent)
		require.Equal(t, []string{"b1"}, h.link.texts())
		require.Equal(t, []string{"b2"}, back.texts())
	})
}

func TestAReceiptThatIsQuickerThanTheAcknowledgementWins(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.holdAll()
		m := h.say(budi, "Halo")
		h.Start(h.n, h.link)
		<-h.link.held
		require.NoError(t, h.inbox.Receipt(t.Context(), h.n, wa.Receipt{IDs: []string{m.WAID}, Contact: wa.Identity{Phone: budi}, Kind: wa.ReceiptDelivered}))
		h.link.answerAll()
		h.Stop(h.n)
		require.Equal(t, event.StatusDelivered, h.message(m.ID).Status)
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageDelivered}, h.told(m, 2))
	})
}

func TestAReceiptSettlesWhatWeGaveUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.link.answers(func(wa.Outgoing, int) error { return outcome(wa.Unclear, "") })
		h.Start(h.n, h.link)
		m := h.say(budi, "Halo")
		h.becomes(m.ID, event.StatusUnknown)
		require.NoError(t, h.inbox.Receipt(t.Context(), h.n, wa.Receipt{IDs: []string{m.WAID}, Contact: wa.Identity{Phone: budi}, Kind: wa.ReceiptRead}))
		m = h.message(m.ID)
		require.Equal(t, event.StatusRead, m.Status)
		require.Nil(t, m.Failure)
	})
}

// overdue lets the time of a message be over, whatever it was.
func (h *house) overdue(m event.Message) {
	h.t.Helper()
	require.NoError(h.t, h.db.Write(h.t.Context(), workspace, func(tx *store.Tx) error {
		changed, err := tx.Exec(h.t.Context(), `UPDATE outbox SET expires_at = $3 WHERE workspace = $1 AND message = $2`, workspace, m.ID, clock.Millis(time.Now()))
		require.EqualValues(h.t, 1, changed)
		return err
	}))
}

func TestAMessageThatWaitedTooLongFails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.say(budi, "Halo")
		h.overdue(m)
		failed := h.becomes(m.ID, event.StatusFailed) // though no lane runs
		require.Equal(t, send.FailureExpired, failed.Failure.Code)
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageFailed}, h.told(m, 2))
		h.Start(h.n, h.link)
		h.becomes(h.say(budi, "Lagi").ID, event.StatusSent)
		require.Equal(t, []string{"Lagi"}, h.link.texts())
	})
}

func TestAMessageThatMayHaveLeftBeforeItExpiredIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m := h.say(budi, "Halo")
		_, err := store.Outbox{DB: h.db}.Step(t.Context(), h.n, nil, 1)
		require.NoError(t, err)
		h.overdue(m)
		h.Start(h.n, h.link)
		require.Equal(t, send.FailureUnclear, h.becomes(m.ID, event.StatusUnknown).Failure.Code)
		require.Empty(t, h.link.texts())
	})
}
