package control

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/script"
)

type historyView struct {
	Chats      int    `json:"chats"`
	Messages   int    `json:"messages"`
	TextBytes  int    `json:"text_bytes"`
	ChunkChats int    `json:"chunk_chats"`
	Seed       uint64 `json:"seed"`
}

// setHistory is the past that the next companions are told.
func (s *Server) setHistory(_ *http.Request, in historyView) (historyView, error) {
	if in.Chats < 0 || in.Messages < 0 || in.TextBytes < 0 || in.ChunkChats < 0 || in.Chats > maxRange {
		return in, invalid("chats, messages, text_bytes and chunk_chats are 0 or more, and chats at most %d", maxRange)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.History.Chats, s.History.Messages, s.History.TextBytes = in.Chats, in.Messages, in.TextBytes
	s.History.ChunkChats, s.History.Seed = in.ChunkChats, in.Seed
	return in, nil
}

// plan is the past as of now, told by people who can be written to.
func (s *Server) plan() history.Plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	plan := s.History
	if plan.Newest.IsZero() {
		plan.Newest = s.live.now()
	}
	if plan.With == nil {
		plan.With = s.acquaintance
	}
	return plan
}

// acquaintance is a contact of the network, so that a chat of the past can go on.
func (s *Server) acquaintance(chat int) history.Party {
	contact := s.network.Contact(strconv.Itoa(6281770000000 + chat))
	return history.Party{Phone: contact.Phone(), LID: contact.LID(), Name: contact.PushName()}
}

type scriptIn struct {
	People int     `json:"people"`
	Seed   uint64  `json:"seed"`
	Pace   string  `json:"pace"`
	Speed  float64 `json:"speed"`
	Rounds int     `json:"rounds"`
}

func (s *Server) startScript(r *http.Request, in scriptIn) (map[string]any, error) {
	account, err := s.account(r)
	if err != nil {
		return nil, err
	}
	pace := script.Lively()
	switch in.Pace {
	case "", "lively":
	case "calm":
		pace = script.Calm()
	default:
		return nil, invalid(`pace is "lively" or "calm", not %q`, in.Pace)
	}
	if in.Speed < 0 {
		return nil, invalid("speed is more than 0: 2 is twice as fast")
	}
	if in.Speed > 0 {
		pace = pace.Scaled(1 / in.Speed)
	}
	if !s.play(account, script.Play{People: in.People, Seed: in.Seed, Pace: pace, Rounds: in.Rounds}) {
		return nil, conflict("customers already write to %s: DELETE /control/v1/accounts/%s/script ends them", account.Phone(), account.Phone())
	}
	return map[string]any{"cast": script.Cast()}, nil
}

func (s *Server) stopScript(r *http.Request, _ struct{}) (struct{}, error) {
	account, err := s.account(r)
	if err != nil {
		return struct{}{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stop, runs := s.plays[account.Phone()]; runs {
		stop()
		return struct{}{}, nil
	}
	return struct{}{}, conflict("no customers write to %s: POST /control/v1/accounts/%s/script starts them", account.Phone(), account.Phone())
}

// play starts customers for an account, unless they write already.
func (s *Server) play(account *sim.Account, play script.Play) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	phone := account.Phone()
	if _, runs := s.plays[phone]; runs || s.ctx.Err() != nil {
		return false
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.plays[phone] = stop
	play.Network, play.Account, play.Log = s.network, account, s.log
	s.live.note("customers begin to write", phone, "")
	s.group.Go(func() {
		defer stop()
		if err := play.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			s.log.Warn("the customers stopped", "error", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.plays, phone)
	})
	return true
}
