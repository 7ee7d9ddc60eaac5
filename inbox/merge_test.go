package inbox_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/wa"
)

var (
	budiByPhone = wa.Person{Identity: wa.Identity{Phone: budi.Phone}, PushName: "Budi"}
	budiByLID   = wa.Person{Identity: wa.Identity{LID: budi.LID}}
)

func TestALIDAndAPhoneTurnOutToBeOnePerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budiByPhone, "A1", "satu"))
		first := h.only()
		metadata := json.RawMessage(`{"crm":7}`)
		_, err := h.ChangeContact(t.Context(), workspace, first.Contact.ID, inbox.ContactChange{Metadata: metadata})
		require.NoError(t, err)
		h.receive(text(budiByLID, "A1", "satu")) // the same message, known by another identity
		h.receive(text(budiByLID, "A2", "dua"))
		require.NoError(t, h.Message(t.Context(), on("n2"), text(budiByLID, "A3", "di nomor lain")))
		all := h.conversations(inbox.Filter{})
		require.Len(t, all, 3)
		require.Empty(t, all[0].Contact.Phone, "a LID is never shown as a phone")

		for range 2 { // learning it again changes nothing
			require.NoError(t, h.Learned(t.Context(), on("n1"), []wa.Person{siti, budi}))
		}

		all = h.conversations(inbox.Filter{})
		require.Len(t, all, 2)
		for _, v := range all {
			require.Equal(t, event.Contact{ID: first.Contact.ID, Name: "Budi", Phone: budi.Phone, LID: budi.LID, Metadata: metadata}, v.Contact)
		}
		v := h.conversations(inbox.Filter{Number: "n1"})[0]
		require.Equal(t, first.ID, v.ID)
		require.Equal(t, []string{"satu", "dua"}, h.thread(v.ID))
		require.Equal(t, "dua", v.LastMessage.Text)
		types := h.events(11) // all of them: fewer may be stamped before the last is
		require.Equal(t, event.ContactMerged, types[len(types)-1])
		require.Len(t, filter(types, event.ContactMerged), 1)

		h.receive(text(budiByLID, "A2", "dua"))
		h.receive(text(budi, "A4", "tiga"))
		require.Equal(t, []string{"satu", "dua", "tiga"}, h.thread(v.ID))
	})
}

func TestIdsThatWereMergedAwayLeadToWhatRemains(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budiByPhone, "A1", "satu"))
		first := h.only()
		h.receive(text(budiByLID, "A2", "dua"))
		gone := h.conversations(inbox.Filter{})[0]
		require.NotEqual(t, first.ID, gone.ID)
		h.receive(text(budi, "A3", "tiga")) // both identities in one message merge too

		c, err := h.Contact(t.Context(), workspace, gone.Contact.ID)
		require.NoError(t, err)
		require.Equal(t, first.Contact.ID, c.ID)
		v, err := h.Conversation(t.Context(), workspace, gone.ID)
		require.NoError(t, err)
		require.Equal(t, first.ID, v.ID)
		require.Equal(t, 3, v.Unread)
		require.Equal(t, []string{"satu", "dua", "tiga"}, h.thread(gone.ID))
		v, err = h.Service.MarkRead(t.Context(), workspace, gone.ID, "")
		require.NoError(t, err)
		require.Zero(t, v.Unread)
	})
}

func TestAPhoneThatMovesToAnotherAccountTakesNoHistoryAlong(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "pemilik lama"))
		heir := wa.Person{Identity: wa.Identity{Phone: budi.Phone, LID: "100000009"}, PushName: "Ahli"}
		h.receive(text(heir, "B1", "pemilik baru"))

		all := h.conversations(inbox.Filter{})
		require.Len(t, all, 2)
		require.Equal(t, []string{"pemilik baru"}, h.thread(all[0].ID))
		require.Equal(t, budi.Phone, all[0].Contact.Phone)
		require.Empty(t, all[1].Contact.Phone)
		require.Equal(t, budi.LID, all[1].Contact.LID)
	})
}

func TestLearningMakesNobodyAndTakesNames(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		require.NoError(t, h.Learned(t.Context(), on("n1"), []wa.Person{budi}))
		p, err := h.Contacts(t.Context(), workspace, "", page.Request{})
		require.NoError(t, err)
		require.Empty(t, p.Items)

		h.receive(text(budi, "A1", "Halo"))
		renamed := budi
		renamed.PushName = "Budi Santoso"
		require.NoError(t, h.Learned(t.Context(), on("n1"), []wa.Person{renamed}))
		require.Equal(t, "Budi Santoso", h.only().Contact.Name)
		require.Equal(t, event.ContactUpdated, h.events(4)[3])

		own := "Pak Budi"
		_, err = h.ChangeContact(t.Context(), workspace, h.only().Contact.ID, inbox.ContactChange{Name: &own})
		require.NoError(t, err)
		require.NoError(t, h.Learned(t.Context(), on("n1"), []wa.Person{budi}))
		require.Equal(t, "Pak Budi", h.only().Contact.Name)
	})
}

func filter(all []event.Type, one event.Type) (some []event.Type) {
	for _, typ := range all {
		if typ == one {
			some = append(some, typ)
		}
	}
	return some
}
