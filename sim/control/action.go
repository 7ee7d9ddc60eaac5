package control

import (
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// Action is something that happens once to an account's connections.
type Action struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	Body any    `json:"body,omitempty"` // an example, if it takes one
}

// actionBody has the fields of all actions; each uses its own.
type actionBody struct {
	Code        int      `json:"code"`
	Left        int      `json:"left"`
	Kind        string   `json:"kind"`
	Active      bool     `json:"active"`
	Enforcement string   `json:"enforcement"`
	For         Duration `json:"for"`
}

type action struct {
	Action
	do func(s *Server, a *sim.Account, in actionBody)
}

// tellLIDs logs what fails: an action has no other answer than the account.
func (s *Server) tellLIDs(a *sim.Account) {
	if err := a.TellLIDs(s.ctx); err != nil {
		s.log.Warn("the hidden ids could not be told", "error", err)
	}
}

// actions is read only.
var actions = []action{
	{Action{"cut", "close the connections without a word", nil}, func(_ *Server, a *sim.Account, _ actionBody) { a.Cut() }},
	{Action{"replace", "tell the companions that their session was opened elsewhere", nil}, func(_ *Server, a *sim.Account, _ actionBody) { a.Replace() }},
	{Action{"stream-error", "send a stream error and cut", map[string]any{"code": 503}}, func(_ *Server, a *sim.Account, in actionBody) { a.StreamError(in.Code) }},
	{Action{"end-stream", "send the end of the stream and cut", nil}, func(_ *Server, a *sim.Account, _ actionBody) { a.EndStream() }},
	{Action{"garbage", "send a frame that cannot be decrypted", nil}, func(_ *Server, a *sim.Account, _ actionBody) { a.Garbage() }},
	{Action{"prekeys-low", "throw one-time prekeys away and say how many are left", map[string]any{"left": 3}}, func(_ *Server, a *sim.Account, in actionBody) { a.PreKeysLow(in.Left) }},
	{Action{"dirty", "send a dirty bit", map[string]any{"kind": "account_sync"}}, func(_ *Server, a *sim.Account, in actionBody) { a.Dirty(in.Kind) }},
	{Action{"tell-lids", "let the phone tell which hidden ids the people of its chats have", nil}, func(s *Server, a *sim.Account, _ actionBody) { s.tellLIDs(a) }},
	{
		Action{"timelock", "tell of a lock for new chats; without fields the empty notification", map[string]any{"active": true, "enforcement": "RESTRICT_ALL_COMPANIONS", "for": "24h"}},
		func(s *Server, a *sim.Account, in actionBody) { a.Timelock(s.timelock(in)) },
	},
}

func (s *Server) timelock(in actionBody) sim.Timelock {
	lock := sim.Timelock{Active: in.Active, Enforcement: in.Enforcement}
	if in.For != 0 {
		lock.Ends = s.live.now().Add(time.Duration(in.For))
	}
	return lock
}

func (s *Server) listActions(*http.Request, struct{}) (map[string]any, error) {
	items := []Action{}
	for _, a := range actions {
		items = append(items, a.Action)
	}
	return map[string]any{"items": items}, nil
}

func (s *Server) act(r *http.Request, in actionBody) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	name := r.PathValue("action")
	for _, a := range actions {
		if a.Name == name {
			a.do(s, account, in)
			s.live.note("action "+name, account.Phone(), "")
			return viewAccount(account), nil
		}
	}
	return Account{}, missing("there is no action %q: GET /control/v1/accounts/%s/actions lists them", name, account.Phone())
}
