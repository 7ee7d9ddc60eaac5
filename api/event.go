package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// Events is a stretch of the log.
type Events struct {
	Items      []event.Envelope `json:"items" nullable:"false"`
	NextAfter  int64            `json:"next_after" doc:"In ascending order: the after of the next call. In descending order: the seq of the newest event of this page, to follow the log from there."`
	NextBefore int64            `json:"next_before" doc:"In descending order: the before of the next call; 0 when nothing older is kept. In ascending order 0."`
}

type eventFilter struct {
	Order  string   `query:"order" enum:"asc,desc" doc:"asc, oldest first, is the default; desc is newest first."`
	After  int64    `query:"after" minimum:"0" doc:"With asc: the last seq that you have; 0 for the beginning."`
	Before int64    `query:"before" minimum:"0" doc:"With desc: the lowest seq that you have; 0 for the newest."`
	Type   []string `query:"type" maxItems:"50" doc:"Only these types, separated by commas."`
	Number string   `query:"number" maxLength:"64" doc:"Only those of one number."`
	Limit  int      `query:"limit" minimum:"1" maximum:"200"`
}

func (s *Server) registerEvents() {
	add(s, route{method: http.MethodGet, path: "/v1/events", id: "list-events", tag: "events", access: member, permission: workspace.ReadEvents,
		summary: "Read the event log",
		about: "In order and without gaps. Events of messages hold their text, so messages:read is needed as well. " +
			"Follow the log with `after`; look back with `order=desc` and `before`. 410 with `oldest` when the log no longer reaches back to `after`."}, s.listEvents)
}

func (s *Server) listEvents(ctx context.Context, c Caller, in *eventFilter) (*of[Events], error) {
	if !c.May(workspace.ReadMessages) {
		return nil, fault.Errorf(fault.Forbidden, "events hold message texts: the scope %s is needed, too", workspace.ReadMessages).Because("scope_missing")
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	found, err := s.cfg.Events.Events(ctx, c.Workspace, q)
	var gone *event.Gone
	if errors.As(err, &gone) {
		p := s.problem(ctx, err)
		p.Oldest = &gone.Oldest
		return nil, p
	}
	return answer(showEvents(q, found)), err
}

// query refuses a cursor of the other direction, which would silently begin somewhere else.
func (in *eventFilter) query() (event.Query, error) {
	q := event.Query{After: in.After, Before: in.Before, NewestFirst: in.Order == "desc", Number: in.Number, Limit: in.Limit}
	for _, t := range in.Type {
		q.Types = append(q.Types, event.Type(t))
	}
	switch {
	case q.NewestFirst && q.After > 0:
		return q, fault.Errorf(fault.Invalid, "after is for order=asc; with order=desc use before").Because("cursor_direction").On("after")
	case !q.NewestFirst && q.Before > 0:
		return q, fault.Errorf(fault.Invalid, "before is for order=desc; without it use after").Because("cursor_direction").On("before")
	}
	return q, nil
}

func showEvents(q event.Query, found event.Stretch) Events {
	out := Events{Items: append([]event.Envelope{}, found.Items...), NextAfter: found.Next}
	if q.NewestFirst {
		out.NextAfter, out.NextBefore = 0, found.Next
		if len(out.Items) > 0 {
			out.NextAfter = out.Items[0].Seq
		}
	}
	return out
}
