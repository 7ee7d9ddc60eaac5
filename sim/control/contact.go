package control

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/people"
)

// Contact is a contact as the API shows it.
type Contact struct {
	Phone string `json:"phone"`
	Name  string `json:"name"`
	LID   string `json:"lid"`
}

func viewContact(c *sim.Contact) Contact {
	return Contact{Phone: c.Phone(), Name: c.PushName(), LID: c.LID()}
}

// Behaviour is how a contact acts by itself: sim.Behaviour with durations as text.
type Behaviour struct {
	Silent     bool     `json:"silent,omitempty"`
	Read       bool     `json:"read,omitempty"`
	ReadAfter  Duration `json:"read_after,omitempty"`
	Echo       bool     `json:"echo,omitempty"`
	AutoReply  string   `json:"auto_reply,omitempty"`
	ReplyAfter Duration `json:"reply_after,omitempty"`
	Typing     bool     `json:"typing,omitempty"`
	BlockAfter int      `json:"block_after,omitempty"`
}

func (b Behaviour) plain() sim.Behaviour {
	return sim.Behaviour{
		Silent: b.Silent, Read: b.Read, ReadAfter: time.Duration(b.ReadAfter), Echo: b.Echo, AutoReply: b.AutoReply,
		ReplyAfter: time.Duration(b.ReplyAfter), Typing: b.Typing, BlockAfter: b.BlockAfter,
	}
}

const listed = 200 // contacts in one answer unless ?limit= says otherwise

func (s *Server) listContacts(r *http.Request, _ struct{}) (map[string]any, error) {
	limit, err := number(r, "limit", listed)
	if err != nil {
		return nil, err
	}
	wanted := strings.ToLower(r.URL.Query().Get("q"))
	items, all := []Contact{}, s.network.Contacts()
	for _, c := range all {
		if int64(len(items)) == limit {
			break
		}
		if wanted == "" || strings.Contains(c.Phone(), wanted) || strings.Contains(strings.ToLower(c.PushName()), wanted) {
			items = append(items, viewContact(c))
		}
	}
	return map[string]any{"items": items, "total": len(all)}, nil
}

// maxRange keeps one request from filling the memory.
const maxRange = 100_000

type newContacts struct {
	From      string     `json:"from"`
	Count     int        `json:"count"`
	Name      string     `json:"name"`
	Behaviour *Behaviour `json:"behaviour"`
}

// createContacts makes a range of phone numbers, with names of their own unless one is given.
func (s *Server) createContacts(_ *http.Request, in newContacts) (map[string]any, error) {
	first, err := digits(in.From)
	if err != nil {
		return nil, err
	}
	count := max(in.Count, 1)
	if count > maxRange {
		return nil, invalid("count %d is too many at once: at most %d", count, maxRange)
	}
	start, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return nil, invalid("%q is not a phone number: %v", in.From, err)
	}
	for i := range count {
		contact := s.network.Contact(strconv.FormatInt(start+int64(i), 10))
		name := in.Name
		if name == "" {
			name = people.Of(0, int((start+int64(i))%maxRange)).Name
		}
		contact.SetPushName(name)
		if in.Behaviour != nil {
			contact.SetBehaviour(in.Behaviour.plain())
		}
	}
	s.live.note("contacts made", first, strconv.Itoa(count))
	return map[string]any{"first": viewContact(s.network.Contact(first)), "count": count}, nil
}

// contact is the one in the path. Contacts come to life when somebody asks for them, as in the network itself.
func (s *Server) contact(r *http.Request) (*sim.Contact, error) {
	phone, err := digits(r.PathValue("phone"))
	if err != nil {
		return nil, err
	}
	if s.network.FindAccount(phone) != nil {
		return nil, conflict("%s is an account: accounts write with POST /control/v1/accounts/%s/messages", phone, phone)
	}
	return s.network.Contact(phone), nil
}

type contactChange struct {
	Name      string     `json:"name"`
	Behaviour *Behaviour `json:"behaviour"`
	HidePhone *bool      `json:"hide_phone"`
	Online    *bool      `json:"online"`
	ByPhone   *bool      `json:"address_by_phone"`
}

func (s *Server) changeContact(r *http.Request, in contactChange) (Contact, error) {
	contact, err := s.contact(r)
	if err != nil {
		return Contact{}, err
	}
	if in.Name != "" {
		contact.SetPushName(in.Name)
	}
	if in.Behaviour != nil {
		contact.SetBehaviour(in.Behaviour.plain())
	}
	if in.HidePhone != nil {
		contact.HidePhone(*in.HidePhone)
	}
	if in.ByPhone != nil {
		contact.AddressByPhone(*in.ByPhone)
	}
	if in.Online != nil {
		contact.Online(*in.Online)
	}
	s.live.note("contact changed", contact.Phone(), "")
	return viewContact(contact), nil
}

// between is a contact in the path and an account in the body.
type between struct {
	Account string `json:"account"`
	On      bool   `json:"on"`
}

func (s *Server) block(r *http.Request, in between) (struct{}, error) {
	return s.between(r, in.Account, "blocked "+strconv.FormatBool(in.On), func(c *sim.Contact, a *sim.Account) error {
		c.Block(a, in.On)
		return nil
	})
}

func (s *Server) ignore(r *http.Request, in between) (struct{}, error) {
	return s.between(r, in.Account, "ignored "+strconv.FormatBool(in.On), func(c *sim.Contact, a *sim.Account) error {
		c.Ignore(a, in.On)
		return nil
	})
}

func (s *Server) report(r *http.Request, in struct {
	Account string `json:"account"`
}) (struct{}, error) {
	return s.between(r, in.Account, "reported", func(c *sim.Contact, a *sim.Account) error {
		c.Report(a)
		return nil
	})
}

func (s *Server) between(r *http.Request, phone, what string, do func(*sim.Contact, *sim.Account) error) (struct{}, error) {
	contact, err := s.contact(r)
	if err != nil {
		return struct{}{}, err
	}
	account, err := s.known(phone)
	if err != nil {
		return struct{}{}, err
	}
	s.live.note(what, contact.Phone(), "account "+account.Phone())
	return struct{}{}, do(contact, account)
}
