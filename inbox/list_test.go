package inbox_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/page"
	"github.com/sapa-chat/sapa/wa"
)

// person is the i-th of many contacts.
func person(i int) wa.Person {
	return wa.Person{Identity: wa.Identity{Phone: wa.Phone(fmt.Sprintf("+62812999%04d", i)), LID: wa.LID(fmt.Sprint(200000 + i))}, PushName: fmt.Sprintf("Orang %d", i)}
}

// nextMillisecond waits for it: activity is kept in milliseconds, and what happens in the same one has no order of its own.
func nextMillisecond() {
	for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; {
		runtime.Gosched()
	}
}

func TestConversationsAreListedByLatestActivityPageByPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 7 {
			h.receive(text(person(i), "A1", fmt.Sprint(i)))
			nextMillisecond()
		}
		h.receive(text(person(2), "A2", "lagi"))
		var seen []string
		p := page.Request{Limit: 3}
		for pages := 1; ; pages++ {
			got, err := h.Conversations(t.Context(), workspace, inbox.Filter{}, p)
			require.NoError(t, err)
			for _, v := range got.Items {
				seen = append(seen, v.LastMessage.Text)
			}
			if p.Cursor = got.Next; p.Cursor == "" {
				require.Equal(t, 3, pages)
				break
			}
		}
		require.Equal(t, []string{"lagi", "6", "5", "4", "3", "1", "0"}, seen)
	})
}

func TestMessagesAreListedNewestFirstPageByPage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 5 {
			h.receive(text(budi, fmt.Sprintf("A%d", i), fmt.Sprint(i)))
		}
		first, err := h.Messages(t.Context(), workspace, h.only().ID, page.Request{Limit: 2})
		require.NoError(t, err)
		require.Equal(t, "4", first.Items[0].Text)
		rest, err := h.Messages(t.Context(), workspace, h.only().ID, page.Request{Limit: 3, Cursor: first.Next})
		require.NoError(t, err)
		require.Equal(t, []string{"2", "1", "0"}, []string{rest.Items[0].Text, rest.Items[1].Text, rest.Items[2].Text})
		require.Empty(t, rest.Next)

		_, err = h.Messages(t.Context(), workspace, h.only().ID, page.Request{Cursor: "'; DROP TABLE messages"})
		require.ErrorIs(t, err, &fault.Error{Code: fault.Invalid, Reason: "cursor_malformed"})
	})
}

func TestConversationsAreFoundByNamePhoneAndText(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Berapa 100% katun?"))
		h.receive(text(siti, "S1", "Halo"))
		for query, want := range map[string]string{
			"BUD": "Budi", "0000001": "Budi", "berapa": "Budi", "sit": "Siti", "halo": "Siti", "+6281200000002": "Siti",
			"katun": "", "%": "", "_": "", `\`: "", "' OR 1=1 --": "",
		} {
			got := h.conversations(inbox.Filter{Query: query})
			if want == "" {
				require.Empty(t, got, query)
				continue
			}
			require.Len(t, got, 1, query)
			require.Equal(t, want, got[0].Contact.Name, query)
		}
	})
}

func TestUnreadConversationsAreFound(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))
		h.receive(text(siti, "S1", "Halo"))
		_, err := h.Service.MarkRead(t.Context(), workspace, h.conversations(inbox.Filter{Query: "budi"})[0].ID, "")
		require.NoError(t, err)
		got := h.conversations(inbox.Filter{Unread: true})
		require.Len(t, got, 1)
		require.Equal(t, "Siti", got[0].Contact.Name)
	})
}

func TestContactsAreListedAndChanged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 5 {
			h.receive(text(person(i), "A1", "Halo"))
		}
		first, err := h.Contacts(t.Context(), workspace, "orang", page.Request{Limit: 4})
		require.NoError(t, err)
		require.Len(t, first.Items, 4)
		rest, err := h.Contacts(t.Context(), workspace, "orang", page.Request{Limit: 4, Cursor: first.Next})
		require.NoError(t, err)
		require.Len(t, rest.Items, 1)

		name := " Ibu Ani "
		got, err := h.ChangeContact(t.Context(), workspace, rest.Items[0].ID, inbox.ContactChange{Name: &name, Metadata: json.RawMessage(`{"a":[1]}`)})
		require.NoError(t, err)
		require.Equal(t, "Ibu Ani", got.Name)
		found, err := h.Contacts(t.Context(), workspace, "ibu ani", page.Request{})
		require.NoError(t, err)
		require.Equal(t, []event.Contact{got}, found.Items)
		empty := ""
		got, err = h.ChangeContact(t.Context(), workspace, got.ID, inbox.ContactChange{Name: &empty})
		require.NoError(t, err)
		require.Equal(t, "Orang 4", got.Name)
		require.JSONEq(t, `{"a":[1]}`, string(got.Metadata))
	})
}

func TestMetadataIsAnObjectOfBoundedSize(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.receive(text(budi, "A1", "Halo"))
		v, ctx := h.only(), t.Context()
		for _, c := range []struct {
			metadata string
			code     fault.Code
		}{
			{`{"a":1}`, ""}, {`[]`, fault.Invalid}, {`null`, fault.Invalid}, {`{"a"`, fault.Invalid}, {`7`, fault.Invalid},
			{`{"a":"` + strings.Repeat("x", 4096) + `"}`, fault.TooLarge},
		} {
			m := json.RawMessage(c.metadata)
			_, err := h.SetConversationMetadata(ctx, workspace, v.ID, m)
			require.Equal(t, c.code, fault.CodeOf(err), c.metadata)
			_, err = h.SetMessageMetadata(ctx, workspace, v.LastMessage.ID, m)
			require.Equal(t, c.code, fault.CodeOf(err), c.metadata)
			_, err = h.ChangeContact(ctx, workspace, v.Contact.ID, inbox.ContactChange{Metadata: m})
			require.Equal(t, c.code, fault.CodeOf(err), c.metadata)
		}
		v = h.only()
		for _, m := range []json.RawMessage{v.Metadata, v.LastMessage.Metadata, v.Contact.Metadata} {
			require.JSONEq(t, `{"a":1}`, string(m))
		}
	})
}

func TestTheOverviewCountsTheLastDay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 7 {
			h.receive(text(person(i), "A1", "Halo"))
		}
		h.mine(person(0), "M1")
		o, err := h.Overview(t.Context(), workspace)
		require.NoError(t, err)
		require.Equal(t, 7, o.In24h)
		require.Equal(t, 1, o.Out24h)
		require.Len(t, o.Hours, 24)
		require.Equal(t, 6, o.Unread)
		require.Len(t, o.Waiting, 5)
		require.Equal(t, "Orang 6", o.Waiting[0].Contact.Name)
		require.NotNil(t, o.Waiting[0].LastMessage)
	})
}
