package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/workspace"
)

// APIKey lets a program act in the workspace.
type APIKey struct {
	ID        string                 `json:"id"`
	Name      string                 `json:"name"`
	Prefix    string                 `json:"prefix" doc:"How the key begins, to recognise it."`
	Scopes    []workspace.Permission `json:"scopes" nullable:"false"`
	CreatedAt time.Time              `json:"created_at"`
	LastUsed  *time.Time             `json:"last_used_at" doc:"Right to a minute; null when never."`
	Key       string                 `json:"key,omitempty" doc:"The key itself, only in the answer that made it."`
}

// APIKeyCreate is a new key.
type APIKeyCreate struct {
	Name   string                 `json:"name" maxLength:"200"`
	Scopes []workspace.Permission `json:"scopes" nullable:"false" maxItems:"50" doc:"What the key may do, such as messages:send."`
}

func (s *Server) registerKeys() {
	add(s, route{method: http.MethodGet, path: "/v1/api-keys", id: "list-api-keys", tag: "api-keys", access: member, permission: workspace.ManageKeys,
		summary: "The workspace's API keys"}, s.listKeys)
	add(s, route{method: http.MethodPost, path: "/v1/api-keys", id: "create-api-key", tag: "api-keys", access: member, permission: workspace.ManageKeys, status: http.StatusCreated, creates: true,
		summary: "Create an API key", about: "The answer holds the key; it is never shown again."}, s.createKey)
	add(s, route{method: http.MethodDelete, path: "/v1/api-keys/{id}", id: "revoke-api-key", tag: "api-keys", access: member, permission: workspace.ManageKeys, status: http.StatusNoContent,
		summary: "Revoke an API key"}, s.revokeKey)
}

func showKey(k workspace.Key) APIKey {
	return APIKey{ID: k.ID, Name: k.Name, Prefix: k.Prefix, Scopes: k.Scopes, CreatedAt: k.CreatedAt, LastUsed: optional(k.LastUsed)}
}

func (s *Server) listKeys(ctx context.Context, c Caller, _ *none) (*of[List[APIKey]], error) {
	all, err := s.cfg.Workspaces.Keys(ctx, c.Workspace)
	return listOf(all, "", showKey), err
}

func (s *Server) createKey(ctx context.Context, c Caller, in *bodyOf[APIKeyCreate]) (*of[APIKey], error) {
	k, secret, err := s.cfg.Workspaces.CreateKey(ctx, c.Workspace, c.Session.Person.ID, in.Body.Name, in.Body.Scopes)
	shown := showKey(k)
	shown.Key = secret
	return answer(shown), err
}

func (s *Server) revokeKey(ctx context.Context, c Caller, in *ByID) (*none, error) {
	if err := s.cfg.Workspaces.RevokeKey(ctx, c.Workspace, in.ID); err != nil {
		return nil, err
	}
	s.dismiss(ctx, c.Workspace, realtime.KeyPrincipal(in.ID), "this API key was revoked")
	return nil, nil
}
