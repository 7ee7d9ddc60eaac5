package api

import (
	"context"
	"net/http"
)

// ResetRequest asks for a reset link by mail.
type ResetRequest struct {
	Email string `json:"email" maxLength:"320"`
}

// ResetSubject is whose password a link resets.
type ResetSubject struct {
	Email string `json:"email"`
}

// NewPassword is chosen behind a reset link.
type NewPassword struct {
	Password string `json:"password" maxLength:"1024"`
}

// ByToken names a reset link.
type ByToken struct {
	Token string `path:"token" doc:"From the link." maxLength:"200"`
}

type resetInput struct {
	ByToken
	Body NewPassword
}

func (s *Server) registerPasswordReset() {
	add(s, route{method: http.MethodPost, path: "/v1/password-reset/request", id: "request-password-reset", tag: "me", access: public, status: http.StatusAccepted,
		summary: "Ask for a reset link by mail", about: "Always 202, whether there is such a login or not. Mail is sent only where SMTP is configured."}, s.requestReset)
	add(s, route{method: http.MethodGet, path: "/v1/password-reset/{token}", id: "get-password-reset", tag: "me", access: public,
		summary: "Whose password a link resets"}, s.getReset)
	add(s, route{method: http.MethodPost, path: "/v1/password-reset/{token}", id: "reset-password", tag: "me", access: public, status: http.StatusNoContent,
		summary: "Choose a new password", about: "Burns the link and logs out everywhere. Log in with the new password afterwards."}, s.resetPassword)
}

func (s *Server) requestReset(ctx context.Context, c Caller, in *bodyOf[ResetRequest]) (*none, error) {
	return nil, s.cfg.Workspaces.RequestReset(ctx, in.Body.Email, c.Address)
}

func (s *Server) getReset(ctx context.Context, _ Caller, in *ByToken) (*of[ResetSubject], error) {
	email, err := s.cfg.Workspaces.ResetEmail(ctx, in.Token)
	return answer(ResetSubject{Email: email}), err
}

func (s *Server) resetPassword(ctx context.Context, _ Caller, in *resetInput) (*none, error) {
	return nil, s.cfg.Workspaces.Reset(ctx, in.Token, in.Body.Password)
}
