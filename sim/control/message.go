package control

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// sent is the answer to everything that writes.
type sent struct {
	ID string `json:"id"`
}

func (s *Server) writeAsContact(r *http.Request, in struct {
	To    string `json:"to"`
	Text  string `json:"text"`
	Quote string `json:"quote"`
}) (out sent, err error) {
	if strings.TrimSpace(in.Text) == "" {
		return out, invalid(`the text is empty: send {"to": "an account's phone", "text": "halo"}`)
	}
	_, err = s.between(r, in.To, "a contact writes", func(c *sim.Contact, a *sim.Account) error {
		if in.Quote == "" {
			out.ID, err = c.Write(r.Context(), a, in.Text)
			return err
		}
		quoted, err := received(c, a.Phone(), in.Quote)
		if err == nil {
			out.ID, err = c.Reply(r.Context(), quoted, in.Text)
		}
		return err
	})
	return out, err
}

func received(c *sim.Contact, from, id string) (sim.Incoming, error) {
	inbox := c.Inbox()
	i := slices.IndexFunc(inbox, func(m sim.Incoming) bool { return m.ID == id && m.From == from })
	if i < 0 {
		return sim.Incoming{}, missing("%s received no message %s from %s: GET /control/v1/contacts/%s/inbox lists them", c.Phone(), id, from, c.Phone())
	}
	return inbox[i], nil
}

func (s *Server) readAsContact(r *http.Request, in struct {
	From string   `json:"from"`
	IDs  []string `json:"ids"`
}) (struct{}, error) {
	return s.between(r, in.From, "a contact reads", func(c *sim.Contact, a *sim.Account) error {
		ids := in.IDs
		for _, m := range c.Inbox() {
			if len(in.IDs) == 0 && m.From == a.Phone() {
				ids = append(ids, m.ID)
			}
		}
		if len(ids) == 0 {
			return conflict("%s received nothing from %s yet", c.Phone(), a.Phone())
		}
		return c.Read(r.Context(), a, ids...)
	})
}

func (s *Server) typeAsContact(r *http.Request, in struct {
	To string `json:"to"`
	On bool   `json:"on"`
}) (struct{}, error) {
	return s.between(r, in.To, "a contact types", func(c *sim.Contact, a *sim.Account) error { return c.Type(r.Context(), a, in.On) })
}

func (s *Server) writeFromPhone(r *http.Request, in struct {
	To   string `json:"to"`
	Text string `json:"text"`
}) (out sent, err error) {
	account, err := s.account(r)
	if err != nil {
		return out, err
	}
	to, err := digits(in.To)
	if err != nil {
		return out, err
	}
	if strings.TrimSpace(in.Text) == "" {
		return out, invalid(`the text is empty: send {"to": "a contact's phone", "text": "halo"}`)
	}
	s.live.note("the phone itself writes", account.Phone(), "")
	out.ID, err = account.Write(r.Context(), s.network.Contact(to), in.Text)
	return out, err
}

// InboxMessage is what a contact decrypted.
type InboxMessage struct {
	ID     string    `json:"id"`
	From   string    `json:"from"`
	Device int       `json:"device"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
}

func (s *Server) readInbox(r *http.Request, _ struct{}) (map[string]any, error) {
	contact, err := s.contact(r)
	if err != nil {
		return nil, err
	}
	items := []InboxMessage{}
	for _, m := range contact.Inbox() {
		items = append(items, InboxMessage{ID: m.ID, From: m.From, Device: m.Device, Text: m.Text, Time: m.Time})
	}
	return map[string]any{"items": items}, nil
}

// Conversation is one chat of an account.
type Conversation struct {
	Contact  string    `json:"contact"` // phone number
	Name     string    `json:"name"`
	Messages int       `json:"messages"`
	Last     sim.Entry `json:"last"`
}

func (s *Server) listConversations(r *http.Request, _ struct{}) (map[string]any, error) {
	account, err := s.account(r)
	if err != nil {
		return nil, err
	}
	items := []Conversation{}
	for _, pair := range s.network.Ledger.Chats() {
		other, mine := opposite(pair, account.Phone())
		if !mine {
			continue
		}
		entries := s.network.Ledger.Chat(pair[0], pair[1])
		if len(entries) > 0 {
			items = append(items, Conversation{Contact: other, Name: s.name(other), Messages: len(entries), Last: entries[len(entries)-1]})
		}
	}
	slices.SortStableFunc(items, func(a, b Conversation) int { return b.Last.Accepted.Compare(a.Last.Accepted) })
	return map[string]any{"items": items}, nil
}

func opposite(pair [2]string, phone string) (other string, mine bool) {
	switch phone {
	case pair[0]:
		return pair[1], true
	case pair[1]:
		return pair[0], true
	}
	return "", false
}

// name is what somebody calls themselves.
func (s *Server) name(phone string) string {
	if account := s.network.FindAccount(phone); account != nil {
		return account.PushName()
	}
	return s.network.Contact(phone).PushName()
}

func (s *Server) readConversation(r *http.Request, _ struct{}) (map[string]any, error) {
	account, err := s.account(r)
	if err != nil {
		return nil, err
	}
	contact, err := digits(r.PathValue("contact"))
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit", listed)
	if err != nil {
		return nil, err
	}
	entries := s.network.Ledger.Chat(account.Phone(), contact)
	entries = entries[max(0, len(entries)-int(limit)):]
	return map[string]any{"contact": contact, "name": s.name(contact), "items": nonNil(entries)}, nil
}
