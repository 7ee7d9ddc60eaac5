package control

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/sapa-chat/sapa/sim"
)

// Account is an account as the API shows it.
type Account struct {
	Phone      string          `json:"phone"`
	Name       string          `json:"name"`
	LID        string          `json:"lid"`
	Reports    int             `json:"reports"` // how often contacts reported it
	Capping    sim.Capping     `json:"capping"` // of new chats
	Companions []sim.Companion `json:"companions"`
}

func viewAccount(a *sim.Account) Account {
	return Account{Phone: a.Phone(), Name: a.PushName(), LID: a.LID(), Reports: a.Reports(), Capping: a.Capping(), Companions: nonNil(a.Companions())}
}

func (s *Server) listAccounts(*http.Request, struct{}) (map[string]any, error) {
	items := []Account{}
	for _, a := range s.network.Accounts() {
		items = append(items, viewAccount(a))
	}
	return map[string]any{"items": items}, nil
}

type newAccount struct {
	Phone string `json:"phone"`
	Name  string `json:"name"`
}

func (s *Server) createAccount(_ *http.Request, in newAccount) (Account, error) {
	account, err := s.open(in)
	if err != nil {
		return Account{}, err
	}
	return viewAccount(account), nil
}

// open returns the account of a phone number, made if need be, or a new one under the next free number.
func (s *Server) open(in newAccount) (*sim.Account, error) {
	phone, err := digits(in.Phone)
	if in.Phone == "" {
		phone, err = s.nextPhone(), nil
	}
	if err != nil {
		return nil, err
	}
	known := s.network.FindAccount(phone) != nil
	account := s.network.Account(phone)
	if in.Name != "" {
		account.SetPushName(in.Name)
	} else if !known {
		account.SetPushName(shopName(phone))
	}
	if !known {
		s.live.note("account made", phone, "")
	}
	return account, nil
}

// shopName is what an account is called whom nobody has named.
func shopName(phone string) string {
	names := []string{"Toko Melati", "Warung Bu Sri", "Kedai Senja", "Batik Lestari", "Bengkel Jaya", "Dapur Rasa", "Apotek Sehat", "Kopi Pagi"}
	number, err := strconv.ParseUint(phone, 10, 64)
	if err != nil || number == 0 {
		return names[0]
	}
	return names[(number-1)%uint64(len(names))] // 6281200000001 is the first
}

func (s *Server) nextPhone() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		phone := strconv.FormatInt(s.FirstAccount+s.next, 10)
		s.next++
		if s.network.FindAccount(phone) == nil {
			return phone
		}
	}
}

// account is the one in the path; it must exist, so that a typing error is not a new account.
func (s *Server) account(r *http.Request) (*sim.Account, error) { return s.known(r.PathValue("phone")) }

func (s *Server) known(phone string) (*sim.Account, error) {
	plain, err := digits(phone)
	if err != nil {
		return nil, err
	}
	if account := s.network.FindAccount(plain); account != nil {
		return account, nil
	}
	return nil, missing("no account %s: POST /control/v1/accounts makes one, GET lists them", plain)
}

func (s *Server) readAccount(r *http.Request, _ struct{}) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	return viewAccount(account), nil
}

func (s *Server) renameAccount(r *http.Request, in struct {
	Name string `json:"name"`
}) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	if strings.TrimSpace(in.Name) == "" {
		return Account{}, invalid(`the name is empty: send {"name": "Toko Melati"}`)
	}
	account.SetPushName(in.Name)
	s.live.note("account renamed", account.Phone(), "")
	return viewAccount(account), nil
}

func (s *Server) unlink(r *http.Request, _ struct{}) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	device, err := strconv.Atoi(r.PathValue("device"))
	if err != nil {
		return Account{}, invalid("%q is not a device number: GET /control/v1/accounts/%s lists them", r.PathValue("device"), account.Phone())
	}
	if err := account.Unlink(device); err != nil {
		return Account{}, err
	}
	s.live.note("companion unlinked", account.Phone(), "device "+strconv.Itoa(device))
	return viewAccount(account), nil
}

// digits is a phone number without "+", spaces, dashes and brackets.
func digits(phone string) (string, error) {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+ -()", r) {
			return -1
		}
		return r
	}, phone)
	if _, err := strconv.ParseUint(plain, 10, 64); err != nil || len(plain) < 6 || len(plain) > 15 {
		return "", invalid("%q is not a phone number: write 6 to 15 digits with the country code, like 6281200000001", phone)
	}
	return plain, nil
}
