package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/workspace"
)

// MessageCreate is a message to somebody, whether there was a conversation before or not.
type MessageCreate struct {
	To     string `json:"to" maxLength:"64" doc:"A phone number as people write it, or a contact's id."`
	Number string `json:"number,omitempty" maxLength:"64" doc:"The number that sends; the primary one by default."`
	Reply
}

// MessageDetail is a message with what it waits for.
type MessageDetail struct {
	event.Message
	Waiting *MessageWaiting `json:"waiting" doc:"Why it has not left yet; null when nothing waits."`
}

// MessageWaiting says when a message goes and why not sooner.
type MessageWaiting struct {
	Reason   send.WaitReason `json:"reason" enum:"sending,disconnected,locked,retry,behind,pace"`
	At       *time.Time      `json:"at" doc:"The earliest moment; null when nobody can say. With behind, when the earlier message of the conversation is tried again, if it failed."`
	Attempts int             `json:"attempts" doc:"Tries made so far."`
	Ahead    int             `json:"ahead" doc:"How many messages of the number go before it."`
}

type messageInput struct {
	IdempotencyKey string `header:"Idempotency-Key" hidden:"true"`
	Body           MessageCreate
}

func (s *Server) registerMessages() {
	at := func(method, path, id, summary string, p workspace.Permission, status int) route {
		return route{method: method, path: "/v1/messages" + path, id: id, tag: "messages", access: member, permission: p, summary: summary, status: status}
	}
	create := at(http.MethodPost, "", "send-message", "Send a message", workspace.SendMessages, http.StatusAccepted)
	create.creates, create.remembers, create.body = true, true, MessageBody
	create.about = "Queued at once; follow its status by events, or by reading it again."
	add(s, create, s.sendMessage)
	add(s, at(http.MethodGet, "/{id}", "get-message", "One message", workspace.ReadMessages, 0), s.getMessage)
	add(s, at(http.MethodPatch, "/{id}", "change-message", "Replace a message's metadata", workspace.SendMessages, 0), s.changeMessage)
	retry := at(http.MethodPost, "/{id}/retry", "retry-message", "Send a failed message again", workspace.SendMessages, http.StatusAccepted)
	retry.creates = true
	add(s, retry, s.retryMessage)
}

func (s *Server) sendMessage(ctx context.Context, c Caller, in *messageInput) (*queued, error) {
	r, err := s.sending(c, in.Body.Reply, "message", in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	r.To, r.Number = in.Body.To, in.Body.Number
	return s.enqueue(ctx, c, r)
}

func (s *Server) getMessage(ctx context.Context, c Caller, in *ByID) (*of[MessageDetail], error) {
	m, err := s.cfg.Inbox.MessageByID(ctx, c.Workspace, in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.details(ctx, c.Workspace, []event.Message{m})
	if err != nil {
		return nil, err
	}
	return answer(all[0]), nil
}

// details adds to messages what they wait for: one more look into the database for all of them, and none when nothing waits.
func (s *Server) details(ctx context.Context, ws string, messages []event.Message) ([]MessageDetail, error) {
	var waiting []string
	out := make([]MessageDetail, len(messages))
	for i, m := range messages {
		out[i].Message = m
		if m.Status == event.StatusQueued || m.Status == event.StatusSending {
			waiting = append(waiting, m.ID)
		}
	}
	if len(waiting) == 0 {
		return out, nil
	}
	found, err := s.cfg.Outbox.Waiting(ctx, ws, waiting...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if w, ok := found[out[i].ID]; ok {
			if w.Reason == send.WaitSending { // the database knows it of the outbox only
				out[i].Status = event.StatusSending
			}
			out[i].Waiting = &MessageWaiting{Reason: w.Reason, At: optional(w.At), Attempts: w.Attempts, Ahead: w.Ahead}
		}
	}
	return out, nil
}

func (s *Server) changeMessage(ctx context.Context, c Caller, in *changeOf[MetadataChange]) (*of[event.Message], error) {
	m, err := s.cfg.Inbox.SetMessageMetadata(ctx, c.Workspace, in.ID, in.Body.Metadata)
	return answer(m), err
}

func (s *Server) retryMessage(ctx context.Context, c Caller, in *ByID) (*of[event.Message], error) {
	m, err := s.cfg.Outbox.Retry(ctx, c.Workspace, in.ID)
	return answer(m), err
}
