package e2e_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// chat is a contact who writes to a number of Sapa under changing names, and is answered.
type chat struct {
	*place
	number  string
	account *sim.Account
	contact *sim.Contact
	said    []string       // by both, in order
	asked   map[string]int // how often a text had to be sent again, because nobody could know with whom it is
}

func (c *chat) writes(t *testing.T, text string) {
	t.Helper()
	_, err := c.contact.Write(patient(t), c.account, text)
	require.NoError(t, err)
	c.said = append(c.said, text)
	require.NoError(t, drive.Until(patient(t), func() (bool, error) {
		all, err := c.conversations(t)
		for _, v := range all {
			if v.LastMessage != nil && v.LastMessage.Text == text {
				return true, nil
			}
		}
		return false, err
	}), "%q does not show", text)
}

// answered answers in the newest conversation, and waits until the contact has it.
func (c *chat) answered(t *testing.T, text string) {
	t.Helper()
	ctx := patient(t)
	all, err := c.conversations(t)
	require.NoError(t, err)
	_, err = c.owner.Reply(ctx, all[0].ID, text)
	require.NoError(t, err)
	c.said = append(c.said, text)
	_, err = c.contact.WaitFor(ctx, sim.Text(text))
	require.NoError(t, err, "the answer %q went to somebody else", text)
}

// conversations are those on the number of the chat, the newest first.
func (c *chat) conversations(t *testing.T) ([]drive.Conversation, error) {
	var l struct{ Items []drive.Conversation }
	err := c.owner.Do(patient(t), "GET", "/v1/conversations?number="+c.number, nil, &l)
	return l.Items, err
}

// one requires that there is one person with one conversation that holds everything once and in order, and a clean ledger.
func (c *chat) one(t *testing.T) drive.Conversation {
	t.Helper()
	ctx := patient(t)
	var all []drive.Conversation
	require.NoError(t, drive.Until(ctx, func() (_ bool, err error) {
		all, err = c.conversations(t)
		return len(all) == 1, err
	}), "conversations")
	var contacts struct {
		Items []struct{ ID, Phone, LID string } `json:"items"`
	}
	require.NoError(t, c.owner.Do(ctx, "GET", "/v1/contacts?limit=100", nil, &contacts))
	for _, other := range contacts.Items {
		named := other.Phone == "+"+c.contact.Phone() || other.LID == c.contact.LID()
		require.Equal(t, other.ID == all[0].Contact.ID, named, "the same person twice: %+v", other)
	}
	messages, err := c.owner.AllMessages(ctx, all[0].ID)
	require.NoError(t, err)
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.Text
	}
	require.Equal(t, c.said, texts)
	in, out := c.net.Ledger.Summary(c.contact.Phone(), c.account.Phone()), c.net.Ledger.Summary(c.account.Phone(), c.contact.Phone())
	require.Equal(t, len(c.said), in.Received+out.Received)
	for _, e := range c.net.Ledger.Chat(c.contact.Phone(), c.account.Phone()) {
		for _, d := range e.Deliveries {
			if d.Device != 0 {
				require.Equal(t, c.asked[e.Text], d.Retries, "%q was asked for again", e.Text)
			}
		}
	}
	for _, s := range []sim.Summary{in, out} {
		require.Zero(t, s.Missing+s.Lost+s.Duplicates+s.OutOfOrder, "%+v", s)
	}
	return all[0]
}

func (p *place) chat(t *testing.T, phone, contact string) *chat {
	number, account := p.linked(t, phone)
	return &chat{place: p, number: number, account: account, contact: p.net.Contact(contact)}
}

// named says how WhatsApp names the contact in what it hands to the number.
type named struct{ byPhone, alone bool }

func (c *chat) named(n named) {
	c.account.SetFaults(func(f *sim.Faults) { f.PhoneAddressed, f.NoAlias = n.byPhone, n.alone })
}

func (n named) String() string {
	name, rest := "LID", " with the number"
	if n.byPhone {
		name, rest = "number", " with the LID"
	}
	if n.alone {
		rest = " alone"
	}
	return name + rest
}

// However WhatsApp names a person, and whatever it changes to in the middle: one person, one conversation, and answers that
// arrive.
func TestAPersonWhoIsNamedOtherwiseInMidChat(t *testing.T) {
	names := []named{{false, false}, {true, false}, {true, true}, {false, true}}
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		for i, from := range names {
			for j, to := range names {
				if from.alone && to.alone && from != to {
					continue // nobody could know that: see the next story
				}
				t.Run(fmt.Sprintf("%s, then %s", from, to), func(t *testing.T) {
					c := p.chat(t, fmt.Sprintf("62811300000%d%d", i, j), fmt.Sprintf("62857300000%d%d", i, j))
					for round, n := range []named{from, to, from} {
						c.named(n)
						c.writes(t, fmt.Sprintf("tanya %d", round))
						c.answered(t, fmt.Sprintf("jawab %d", round))
					}
					v := c.one(t)
					require.Equal(t, c.contact.LID(), v.Contact.LID)
					if from != (named{alone: true}) || to != (named{alone: true}) {
						require.Equal(t, "+"+c.contact.Phone(), v.Contact.Phone)
					}
				})
			}
		}
	})
}

// Who wrote under the number alone and then under the LID alone is two people, until the phone tells that they are one: then
// there is one conversation, and both its old ids lead to it.
func TestTwoNamesThatTurnOutToBeOnePerson(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		c := p.chat(t, "6281130000099", "6285730000099")
		c.named(named{true, true})
		c.writes(t, "dari nomor")
		c.named(named{false, true})
		c.asked = map[string]int{"dari LID": 2} // a stranger, as far as anybody can know: without keys, then with them
		c.writes(t, "dari LID")
		before, err := c.conversations(t)
		require.NoError(t, err)
		require.Len(t, before, 2)

		require.NoError(t, c.account.TellLIDs(ctx))
		after := c.one(t)
		for _, v := range before {
			var found drive.Conversation
			require.NoError(t, p.owner.Do(ctx, "GET", "/v1/conversations/"+v.ID, nil, &found))
			require.Equal(t, after.ID, found.ID)
		}
		require.Equal(t, c.contact.LID(), after.Contact.LID)
		require.Equal(t, "+"+c.contact.Phone(), after.Contact.Phone)
		require.Equal(t, 2, after.Unread)
		c.answered(t, "jawab")
		c.named(named{true, false})
		c.writes(t, "dari nomor lagi")
		c.one(t)
		merged, err := p.owner.AllEvents(context.WithoutCancel(ctx), "contact.merged", "")
		require.NoError(t, err)
		require.Len(t, merged, 1)
	})
}
