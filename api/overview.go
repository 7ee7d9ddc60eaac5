package api

import (
	"context"
	"net/http"

	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/workspace"
)

// Overview answers "is everything all right?" on one page.
type Overview struct {
	Numbers       OverviewNumbers       `json:"numbers"`
	Messages      OverviewMessages      `json:"messages"`
	Queue         OverviewQueue         `json:"queue"`
	Conversations OverviewConversations `json:"conversations"`
	PairingLimit  PairingLimit          `json:"pairing_limit"`
}

// OverviewNumbers counts numbers by state and lists those that need a person.
type OverviewNumbers struct {
	Total     int                  `json:"total"`
	ByState   map[number.State]int `json:"by_state"`
	Attention []Number             `json:"attention" nullable:"false"`
}

// OverviewMessages counts the last 24 hours.
type OverviewMessages struct {
	In24h  int          `json:"in_24h"`
	Out24h int          `json:"out_24h"`
	Hours  []inbox.Hour `json:"hours" nullable:"false" doc:"24, oldest first."`
}

// OverviewQueue is what waits to leave.
type OverviewQueue struct {
	Waiting       int `json:"waiting"`
	OldestSeconds int `json:"oldest_seconds"`
	Failed24h     int `json:"failed_24h"`
}

// OverviewConversations is who waits for an answer.
type OverviewConversations struct {
	Unread  int                  `json:"unread"`
	Waiting []inbox.Conversation `json:"waiting" nullable:"false" doc:"Up to five."`
}

func (s *Server) registerOverview() {
	add(s, route{method: http.MethodGet, path: "/v1/overview", id: "get-overview", tag: "overview", access: member, permission: workspace.ReadMessages,
		summary: "Numbers, messages, queue and who waits"}, s.overview)
}

func (s *Server) overview(ctx context.Context, c Caller, _ *none) (*of[Overview], error) {
	var out Overview
	var err error
	if out.Numbers, err = s.overviewNumbers(ctx, c); err != nil {
		return nil, err
	}
	talk, err := s.cfg.Inbox.Overview(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	queue, err := s.cfg.Outbox.Queue(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	limit, err := s.cfg.Numbers.PairingLimit(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	out.Messages = OverviewMessages{In24h: talk.In24h, Out24h: talk.Out24h, Hours: append([]inbox.Hour{}, talk.Hours...)}
	out.Conversations = OverviewConversations{Unread: talk.Unread, Waiting: append([]inbox.Conversation{}, talk.Waiting...)}
	out.Queue = OverviewQueue{Waiting: queue.Waiting, OldestSeconds: int(queue.OldestAge.Seconds()), Failed24h: queue.Failed24h}
	out.PairingLimit = showLimit(limit)
	return answer(out), nil
}

func (s *Server) overviewNumbers(ctx context.Context, c Caller) (OverviewNumbers, error) {
	all, err := s.cfg.Numbers.List(ctx, c.Workspace)
	out := OverviewNumbers{Total: len(all), ByState: map[number.State]int{}, Attention: []Number{}}
	for _, n := range all {
		out.ByState[n.State]++
		if needsPerson(n) {
			out.Attention = append(out.Attention, showNumber(n))
		}
	}
	return out, err
}

// needsPerson reports whether a number should work and does not. One that a person switched off is fine.
func needsPerson(n number.Number) bool {
	switch n.State {
	case number.Connected, number.Deleting, number.Pairing, number.Connecting:
		return false
	case number.Paused:
		return n.Cause != number.CausePerson
	default:
		return true
	}
}
