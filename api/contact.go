package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/workspace"
)

// ContactChange is what people change of a contact.
type ContactChange struct {
	Name     *string         `json:"name,omitempty" maxLength:"200" doc:"Your own name for the contact; empty returns to theirs."`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

type contactFilter struct {
	Paging
	Query string `query:"q" maxLength:"200" doc:"Part of the name or phone."`
}

func (s *Server) registerContacts() {
	add(s, route{method: http.MethodGet, path: "/v1/contacts", id: "list-contacts", tag: "contacts", access: member, permission: workspace.ReadContacts,
		summary: "Contacts"}, s.listContacts)
	add(s, route{method: http.MethodGet, path: "/v1/contacts/{id}", id: "get-contact", tag: "contacts", access: member, permission: workspace.ReadContacts,
		summary: "One contact"}, s.getContact)
	add(s, route{method: http.MethodPatch, path: "/v1/contacts/{id}", id: "change-contact", tag: "contacts", access: member, permission: workspace.WriteContacts,
		summary: "Rename a contact or replace its metadata"}, s.changeContact)
}

func (s *Server) listContacts(ctx context.Context, c Caller, in *contactFilter) (*of[List[event.Contact]], error) {
	p, err := s.cfg.Inbox.Contacts(ctx, c.Workspace, in.Query, in.request())
	return listOf(p.Items, p.Next, same), err
}

func (s *Server) getContact(ctx context.Context, c Caller, in *ByID) (*of[event.Contact], error) {
	v, err := s.cfg.Inbox.Contact(ctx, c.Workspace, in.ID)
	return answer(v), err
}

func (s *Server) changeContact(ctx context.Context, c Caller, in *changeOf[ContactChange]) (*of[event.Contact], error) {
	v, err := s.cfg.Inbox.ChangeContact(ctx, c.Workspace, in.ID, inbox.ContactChange(in.Body))
	return answer(v), err
}
