package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/workspace"
)

// Number is a WhatsApp number of the workspace.
type Number struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Phone        string          `json:"phone" doc:"E.164; empty before the first pairing."`
	Provider     string          `json:"provider"`
	State        number.State    `json:"state" enum:"created,pairing,connecting,connected,degraded,paused,logged_out,banned,replaced,deleting"`
	Cause        string          `json:"cause" doc:"A stable word for why the state is as it is."`
	CauseCode    string          `json:"cause_code" doc:"WhatsApp's own code, where it gave one."`
	CauseText    string          `json:"cause_text" doc:"The cause for people."`
	Since        time.Time       `json:"since"`
	Until        *time.Time      `json:"until,omitempty" doc:"When the state is expected to end, where known."`
	Primary      bool            `json:"primary" doc:"Sends when a caller names no number."`
	Enabled      bool            `json:"enabled" doc:"What a person wants; a disconnected number stays off after a restart."`
	LastActivity *time.Time      `json:"last_activity"`
	ProxySet     bool            `json:"proxy_set"`
	Metadata     json.RawMessage `json:"metadata"`
	PushName     string          `json:"push_name"`
	CreatedAt    time.Time       `json:"created_at"`
}

// NumberCreate is a new number, to be paired next.
type NumberCreate struct {
	Name     string          `json:"name" maxLength:"200"`
	Provider string          `json:"provider,omitempty" enum:"web"`
	Proxy    string          `json:"proxy,omitempty" maxLength:"1000" doc:"http, https or socks5 URL; never shown again."`
	Metadata json.RawMessage `json:"metadata,omitempty" doc:"A JSON object of up to 4 kB."`
}

// NumberChange is what a person changes of a number.
type NumberChange struct {
	Name     *string         `json:"name,omitempty" maxLength:"200"`
	Proxy    *string         `json:"proxy,omitempty" maxLength:"1000" doc:"Empty removes it."`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

func (s *Server) registerNumbers() {
	add(s, route{method: http.MethodGet, path: "/v1/numbers", id: "list-numbers", tag: "numbers", access: member, permission: workspace.ReadNumbers,
		summary: "The workspace's numbers"}, s.listNumbers)
	add(s, route{method: http.MethodPost, path: "/v1/numbers", id: "create-number", tag: "numbers", access: member, permission: workspace.WriteNumbers, status: http.StatusCreated, creates: true,
		summary: "Add a number", about: "Pair it next. 409 `plan_limit` when the plan allows no more."}, s.createNumber)
	add(s, route{method: http.MethodGet, path: "/v1/numbers/{id}", id: "get-number", tag: "numbers", access: member, permission: workspace.ReadNumbers,
		summary: "One number"}, s.getNumber)
	add(s, route{method: http.MethodPatch, path: "/v1/numbers/{id}", id: "change-number", tag: "numbers", access: member, permission: workspace.WriteNumbers,
		summary: "Rename a number, change its proxy or metadata"}, s.changeNumber)
	add(s, route{method: http.MethodDelete, path: "/v1/numbers/{id}", id: "delete-number", tag: "numbers", access: member, permission: workspace.WriteNumbers, status: http.StatusNoContent,
		summary: "Unlink and delete a number", about: "Conversations stay readable."}, s.deleteNumber)
	s.registerNumberActions()
}

func (s *Server) registerNumberActions() {
	type action = func(context.Context, string, string) (number.Number, error)
	numbers := s.cfg.Numbers
	for _, a := range []struct {
		name, summary string
		do            action
	}{
		{"connect", "Enable and connect a number", numbers.Connect},
		{"disconnect", "Disconnect a number and keep it off", numbers.Disconnect},
		{"restart", "Disconnect and connect again", numbers.Restart},
		{"logout", "Unlink the device from the phone", numbers.Logout},
		{"primary", "Make it the number that sends when none is named", numbers.SetPrimary},
	} {
		add(s, route{method: http.MethodPost, path: "/v1/numbers/{id}/" + a.name, id: a.name + "-number", tag: "numbers", access: member, permission: workspace.WriteNumbers,
			summary: a.summary}, func(ctx context.Context, c Caller, in *ByID) (*of[Number], error) {
			n, err := a.do(ctx, c.Workspace, in.ID)
			return answer(showNumber(n)), err
		})
	}
}

func showNumber(n number.Number) Number {
	return Number{
		ID: n.ID, Name: n.Name, Phone: string(n.Phone), Provider: n.Provider, State: n.State, Cause: n.Cause, CauseCode: n.Code, CauseText: n.Text,
		Since: n.Since, Until: optional(n.Until), Primary: n.Primary, Enabled: n.Enabled, LastActivity: optional(n.LastActivity),
		ProxySet: n.Proxy != "", Metadata: object(n.Metadata), PushName: n.PushName, CreatedAt: n.CreatedAt,
	}
}

// object shows missing metadata as an empty object.
func object(m json.RawMessage) json.RawMessage {
	if len(m) == 0 {
		return json.RawMessage("{}")
	}
	return m
}

func (s *Server) listNumbers(ctx context.Context, c Caller, _ *none) (*of[List[Number]], error) {
	all, err := s.cfg.Numbers.List(ctx, c.Workspace)
	return listOf(all, "", showNumber), err
}

func (s *Server) createNumber(ctx context.Context, c Caller, in *bodyOf[NumberCreate]) (*of[Number], error) {
	n, err := s.cfg.Numbers.Create(ctx, c.Workspace, number.Draft(in.Body))
	return answer(showNumber(n)), err
}

func (s *Server) getNumber(ctx context.Context, c Caller, in *ByID) (*of[Number], error) {
	n, err := s.cfg.Numbers.Get(ctx, c.Workspace, in.ID)
	return answer(showNumber(n)), err
}

func (s *Server) changeNumber(ctx context.Context, c Caller, in *changeOf[NumberChange]) (*of[Number], error) {
	n, err := s.cfg.Numbers.Update(ctx, c.Workspace, in.ID, number.Change(in.Body))
	return answer(showNumber(n)), err
}

func (s *Server) deleteNumber(ctx context.Context, c Caller, in *ByID) (*none, error) {
	return nil, s.cfg.Numbers.Delete(ctx, c.Workspace, in.ID)
}
