package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/workspace"
)

// MetadataChange replaces the metadata of a thing.
type MetadataChange struct {
	Metadata json.RawMessage `json:"metadata" doc:"A JSON object of up to 4 kB."`
}

// Reply is a message into a conversation.
type Reply struct {
	Text      string          `json:"text" doc:"1 to 65,536 bytes."`
	Quoted    string          `json:"quoted,omitempty" maxLength:"64" doc:"The id of the message that this one answers to."`
	ClientRef string          `json:"client_ref,omitempty" maxLength:"128" doc:"Your own mark, returned with the message."`
	ExpiresAt *time.Time      `json:"expires_at,omitempty" doc:"When to give up waiting; 24 hours by default."`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
}

// ReadMark says how far a conversation was read.
type ReadMark struct {
	UpTo string `json:"up_to,omitempty" maxLength:"64" doc:"A message id; all when empty."`
}

// TypingMark shows or hides "typing…" at the contact.
type TypingMark struct {
	On bool `json:"on"`
}

type conversationFilter struct {
	Paging
	Number string `query:"number" maxLength:"64" doc:"Only those on one number."`
	Query  string `query:"q" maxLength:"200" doc:"Part of the contact's name or phone, or how the last message begins."`
	Unread bool   `query:"unread" doc:"Only those with something unread."`
}

type historyInput struct {
	ByID
	Paging
}

type replyInput struct {
	ByID
	IdempotencyKey string `header:"Idempotency-Key" hidden:"true"`
	Body           Reply
}

func (s *Server) registerConversations() {
	at := func(method, path, id, summary string, p workspace.Permission) route {
		return route{method: method, path: "/v1/conversations" + path, id: id, tag: "conversations", access: member, permission: p, summary: summary}
	}
	add(s, at(http.MethodGet, "", "list-conversations", "Conversations, latest activity first", workspace.ReadMessages), s.listConversations)
	add(s, at(http.MethodGet, "/{id}", "get-conversation", "One conversation", workspace.ReadMessages), s.getConversation)
	add(s, at(http.MethodPatch, "/{id}", "change-conversation", "Replace a conversation's metadata", workspace.SendMessages), s.changeConversation)
	add(s, at(http.MethodGet, "/{id}/messages", "list-messages", "A conversation's messages, newest first, and what they wait for", workspace.ReadMessages), s.listMessages)
	reply := at(http.MethodPost, "/{id}/messages", "reply", "Answer in a conversation", workspace.SendMessages)
	reply.status, reply.creates, reply.remembers, reply.body = http.StatusAccepted, true, true, MessageBody
	reply.about = "Queued at once; it leaves when its number may send."
	add(s, reply, s.reply)
	add(s, at(http.MethodPost, "/{id}/read", "mark-read", "Mark a conversation read", workspace.SendMessages), s.markRead)
	typing := at(http.MethodPost, "/{id}/typing", "set-typing", "Show or hide that somebody is typing", workspace.SendMessages)
	typing.status = http.StatusNoContent
	add(s, typing, s.setTyping)
}

func (s *Server) listConversations(ctx context.Context, c Caller, in *conversationFilter) (*of[List[inbox.Conversation]], error) {
	p, err := s.cfg.Inbox.Conversations(ctx, c.Workspace, inbox.Filter{Number: in.Number, Query: in.Query, Unread: in.Unread}, in.request())
	return listOf(p.Items, p.Next, same), err
}

func (s *Server) getConversation(ctx context.Context, c Caller, in *ByID) (*of[inbox.Conversation], error) {
	v, err := s.cfg.Inbox.Conversation(ctx, c.Workspace, in.ID)
	return answer(v), err
}

func (s *Server) changeConversation(ctx context.Context, c Caller, in *changeOf[MetadataChange]) (*of[inbox.Conversation], error) {
	v, err := s.cfg.Inbox.SetConversationMetadata(ctx, c.Workspace, in.ID, in.Body.Metadata)
	return answer(v), err
}

func (s *Server) listMessages(ctx context.Context, c Caller, in *historyInput) (*of[List[MessageDetail]], error) {
	p, err := s.cfg.Inbox.Messages(ctx, c.Workspace, in.ID, in.request())
	if err != nil {
		return nil, err
	}
	all, err := s.details(ctx, c.Workspace, p.Items)
	return listOf(all, p.Next, same), err
}

func (s *Server) reply(ctx context.Context, c Caller, in *replyInput) (*queued, error) {
	r, err := s.sending(c, in.Body, "reply", in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	r.Conversation = in.ID
	return s.enqueue(ctx, c, r)
}

// queued is the answer to a message that was queued, now or by an earlier request with the same key.
type queued struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true when an earlier request with the same Idempotency-Key made the message."`
	Body     event.Message
}

func (s *Server) enqueue(ctx context.Context, c Caller, r send.Request) (*queued, error) {
	m, repeated, err := s.cfg.Outbox.Enqueue(ctx, c.Workspace, r)
	out := &queued{Body: m}
	if repeated {
		out.Replayed = "true"
	}
	return out, err
}

// sending is what both ways to send have in common. The outbox remembers the caller's key with the message, so that it is not
// sent twice even if the process died before it could answer; there it knows no routes, so the way is part of the key.
func (s *Server) sending(c Caller, b Reply, way, key string) (send.Request, error) {
	r := send.Request{Text: b.Text, Quoted: b.Quoted, Author: c.Author(), Metadata: b.Metadata, ClientRef: b.ClientRef}
	if key != "" {
		r.IdempotencyKey, r.Fingerprint = digest(way, key), c.Fingerprint
	}
	if b.ExpiresAt != nil {
		if !b.ExpiresAt.After(s.cfg.Clock.Now()) {
			return r, fault.Errorf(fault.Invalid, "expires_at must be in the future").Because("expires_at_past").On("expires_at")
		}
		r.ExpiresAt = *b.ExpiresAt
	}
	return r, nil
}

func (s *Server) markRead(ctx context.Context, c Caller, in *changeOf[ReadMark]) (*of[inbox.Conversation], error) {
	v, err := s.cfg.Inbox.MarkRead(ctx, c.Workspace, in.ID, in.Body.UpTo)
	return answer(v), err
}

func (s *Server) setTyping(ctx context.Context, c Caller, in *changeOf[TypingMark]) (*none, error) {
	return nil, s.cfg.Inbox.SetTyping(ctx, c.Workspace, in.ID, in.Body.On)
}
