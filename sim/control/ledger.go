package control

import (
	"net/http"
	"slices"

	"github.com/sapa-chat/sapa/sim"
)

// Judgement is the ledger's sum over what one phone number sent and was sent.
type Judgement struct {
	Phone string      `json:"phone"`
	Name  string      `json:"name"`
	From  sim.Summary `json:"from"`
	To    sim.Summary `json:"to"`
}

// readLedger sums up, or lists one chat with ?a=&b=.
func (s *Server) readLedger(r *http.Request, _ struct{}) (map[string]any, error) {
	query := r.URL.Query()
	if query.Has("a") || query.Has("b") {
		return s.readChat(query.Get("a"), query.Get("b"))
	}
	items := []Judgement{}
	for _, a := range s.network.Accounts() {
		ledger := &s.network.Ledger
		items = append(items, Judgement{Phone: a.Phone(), Name: a.PushName(), From: ledger.From(a.Phone()), To: ledger.To(a.Phone())})
	}
	return map[string]any{"total": s.network.Ledger.Total(), "accounts": items, "chats": nonNil(s.network.Ledger.Chats())}, nil
}

func (s *Server) readChat(a, b string) (map[string]any, error) {
	one, err := digits(a)
	if err != nil {
		return nil, err
	}
	two, err := digits(b)
	if err != nil {
		return nil, err
	}
	ledger := &s.network.Ledger
	return map[string]any{
		"items": nonNil(slices.Clone(ledger.Chat(one, two))),
		one:     ledger.Summary(one, two), two: ledger.Summary(two, one),
	}, nil
}
