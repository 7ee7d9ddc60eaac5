package inbox_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/wa"
)

// mine stores messages that went out from the phone.
func (h *house) mine(to wa.Person, ids ...string) {
	h.t.Helper()
	for _, id := range ids {
		m := text(wa.Person{Identity: to.Identity}, id, id)
		m.FromMe = true
		h.receive(m)
	}
}

func (h *house) receipt(from wa.Identity, kind wa.ReceiptKind, ids ...string) {
	h.t.Helper()
	require.NoError(h.t, h.Receipt(h.t.Context(), on("n1"), wa.Receipt{IDs: ids, Contact: from, Kind: kind}))
}

func (h *house) statuses(conversation string) (all []event.Status) {
	for _, m := range h.messages(conversation) {
		all = append(all, m.Status)
	}
	return all
}

func TestReceiptsOnlyMoveForward(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.mine(budi, "M1")
		for _, step := range []struct {
			kind wa.ReceiptKind
			want event.Status
		}{
			{wa.ReceiptDelivered, event.StatusDelivered},
			{wa.ReceiptDelivered, event.StatusDelivered},
			{wa.ReceiptRead, event.StatusRead},
			{wa.ReceiptDelivered, event.StatusRead},
			{wa.ReceiptPlayed, event.StatusPlayed},
			{wa.ReceiptRead, event.StatusPlayed},
		} {
			h.receipt(budi.Identity, step.kind, "M1", "unknown")
			require.Equal(t, step.want, h.only().LastMessage.Status)
		}
		require.Equal(t, []event.Type{event.ContactCreated, event.ConversationOpened, event.MessageSent,
			event.MessageDelivered, event.MessageRead, event.MessagePlayed}, h.events(6))
	})
}

func TestOneReceiptMayBeAboutManyMessages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var ids []string
		for i := range 130 {
			ids = append(ids, fmt.Sprintf("M%03d", i))
		}
		h.mine(budi, ids...)
		h.receipt(wa.Identity{LID: budi.LID}, wa.ReceiptRead, ids...)
		types := h.events(132 + 130)
		require.Len(t, filter(types, event.MessageRead), 130)
		require.Equal(t, event.StatusRead, h.only().LastMessage.Status)
	})
}

func TestAReceiptIsAboutTheMessagesOfItsSenderAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.mine(budi, "M1")
		h.receipt(siti.Identity, wa.ReceiptRead, "M1")
		require.Equal(t, event.StatusSent, h.only().LastMessage.Status)
		h.receive(text(siti, "S1", "Halo"))
		h.receipt(siti.Identity, wa.ReceiptRead, "M1")
		require.Equal(t, []event.Status{event.StatusSent}, h.statuses(h.conversations(inbox.Filter{})[1].ID))
	})
}

// TestWhatArrivesCostsFewStatements holds the figures that docs/adr/0010-identity-graph.md promises.
func TestWhatArrivesCostsFewStatements(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "satu"))
		h.mine(budi, "M1")
		quoting := text(budi, "A3", "tiga")
		quoting.Quoted = &wa.Quote{ID: "A1"}
		for name, c := range map[string]struct {
			most int64
			do   func()
		}{
			"a message":        {4, func() { h.receive(text(budi, "A2", "dua")) }},
			"a second arrival": {3, func() { h.receive(text(budi, "A1", "satu")) }},
			"a quote":          {5, func() { h.receive(quoting) }},
			"a receipt":        {2, func() { h.receipt(budi.Identity, wa.ReceiptDelivered, "M1") }},
		} {
			require.LessOrEqual(t, h.cost(c.do), c.most, name)
		}
	})
}

// cost counts the statements of do.
func (h *house) cost(do func()) int64 {
	before := h.statements.Load()
	do()
	return h.statements.Load() - before
}
