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

// newChats writes when WhatsApp's lock on new chats ends, as package number does; zero is no lock.
func (h *house) newChats(until time.Time) {
	h.t.Helper()
	require.NoError(h.t, h.db.Write(h.t.Context(), workspace, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE numbers SET reachout_until = $3 WHERE workspace = $1 AND id = $2`, workspace, h.n.ID, clock.Millis(until))
		return err
	}))
}

// hears lets somebody write to the number.
func (h *house) hears(from wa.Phone) {
	h.t.Helper()
	who := wa.Person{Identity: wa.Identity{Phone: from}}
	require.NoError(h.t, h.inbox.Message(h.t.Context(), h.n, wa.Incoming{ID: "IN" + from.Digits(), Contact: who, Time: time.Now(), Kind: wa.KindText, Text: "Halo"}))
}

// heldBack checks that a message waits for the end of the lock, and tells until when.
func (h *house) heldBack(m event.Message) send.Waiting {
	h.t.Helper()
	w := h.waits(m)
	require.Equal(h.t, send.WaitLocked, w.Reason)
	return w
}

func TestNewChatsWaitForTheEndOfWhatsAppsLockAndOthersGoOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		h.hears(budi)
		h.newChats(until)
		h.Start(h.n, h.link)
		cold, warm := h.say(siti, "Promo!"), h.say(budi, "Siap")
		h.becomes(warm.ID, event.StatusSent)
		w := h.heldBack(cold)
		require.True(t, until.Equal(w.At), "%s is not %s", w.At, until)
		require.Zero(t, w.Attempts, "waiting is no try")

		h.hears(siti) // who writes first is no stranger any more
		h.Wake(h.n.ID)
		h.becomes(cold.ID, event.StatusSent)

		next := h.say("+6281200000003", "Promo!")
		h.heldBack(next)
		h.newChats(time.Time{}) // it was freed before its time: package number says that it is ready again
		h.Start(h.n, h.link)
		h.becomes(next.ID, event.StatusSent)
		require.Equal(t, []string{"Siap", "Promo!", "Promo!"}, h.link.texts())
	})
}

func TestWhatWaitsForTheLockGoesByItselfWhenItEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.newChats(time.Now().Add(500 * time.Millisecond))
		h.Start(h.n, h.link)
		m := h.say(siti, "Promo!")
		h.becomes(m.ID, event.StatusSent)
	})
}

func TestAMessageThatTheLockOutlastsFailsAtOnceAndIsNotTried(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.newChats(time.Date(2999, 1, 2, 3, 4, 0, 0, time.UTC))
		h.Start(h.n, h.link)
		m := h.becomes(h.say(siti, "Promo!").ID, event.StatusFailed)
		require.Equal(t, send.FailureHeld, m.Failure.Code)
		require.Contains(t, m.Failure.Message, "2999-01-02 03:04 UTC")
		require.Zero(t, h.link.attempts("Promo!"))
		require.Equal(t, []event.Type{event.MessageQueued, event.MessageFailed}, h.told(m, 2))

		h.newChats(time.Time{})
		again, err := h.Retry(t.Context(), workspace, m.ID) // nothing has left: no day's wait, and the same id
		require.NoError(t, err)
		require.Equal(t, m.WAID, again.WAID)
		h.becomes(m.ID, event.StatusSent)
	})
}

func TestARefusedNewChatHoldsTheNextOneBackInTheSameCommit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.hears(budi)
		h.link.answers(func(m wa.Outgoing, _ int) error {
			if m.Text == "cold" {
				return outcome(wa.Locked, "463")
			}
			return nil
		})
		first, second, warm := h.say(siti, "cold"), h.say("+6281200000003", "cold"), h.say(budi, "warm")
		h.Start(h.n, h.link)
		h.becomes(warm.ID, event.StatusSent)
		require.Equal(t, send.FailureLocked, h.becomes(first.ID, event.StatusFailed).Failure.Code)
		h.heldBack(second)
		require.Equal(t, 1, h.link.attempts("cold"), "another try would have made it longer")
	})
}
