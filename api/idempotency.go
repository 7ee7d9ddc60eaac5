package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255
)

// once serves a request unless the same caller sent it before: then the first answer is given again. An answer
// other than success changed nothing and is forgotten, so that the request can be mended and sent under the same key.
func (s *Server) once(w http.ResponseWriter, r *http.Request, rt route, c Caller, key string, serve func(http.ResponseWriter)) {
	ctx := r.Context()
	ws, attempt := attemptOf(rt, c, key)
	standing, err := s.cfg.Attempts.Begin(ctx, ws, attempt, s.cfg.Clock.Now())
	if err != nil {
		writeProblem(w, s.problem(ctx, err))
		return
	}
	if standing.Taken {
		s.repeat(w, r, attempt, standing)
		return
	}
	// Whatever happens to the connection now, the answer must be kept or the place freed.
	ctx = context.WithoutCancel(ctx)
	kept := false
	defer func() {
		if kept {
			return
		}
		if err := s.cfg.Attempts.Abandon(ctx, ws, attempt); err != nil {
			s.cfg.Log.ErrorContext(ctx, "an idempotency key was not freed", "request", requestID(ctx), "error", err)
		}
	}()
	rec := &recorder{header: w.Header()}
	serve(rec)
	if rec.status >= 200 && rec.status < 300 {
		err := s.cfg.Attempts.Finish(ctx, ws, attempt, workspace.Answer{Status: rec.status, MediaType: w.Header().Get("Content-Type"), Body: rec.body.Bytes()})
		if err != nil {
			s.cfg.Log.ErrorContext(ctx, "an answer was not kept for its idempotency key", "request", requestID(ctx), "error", err)
		}
		kept = err == nil
	}
	rec.send(w)
}

func checkKey(key string) error {
	if len(key) > maxIdempotencyKey {
		return fault.Errorf(fault.Invalid, "an %s has at most %d bytes", idempotencyHeader, maxIdempotencyKey).On(idempotencyHeader)
	}
	return nil
}

// attemptOf names the attempt. Outside of workspaces the person is part of the name.
func attemptOf(rt route, c Caller, key string) (string, workspace.Attempt) {
	ws, owner := c.Workspace, ""
	if ws == "" {
		ws, owner = event.Installation, c.Session.Person.ID
	}
	return ws, workspace.Attempt{
		ID:      digest(owner, key),
		Route:   rt.method + " " + rt.path,
		Request: c.Fingerprint,
	}
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// repeat answers a request that was here before.
func (s *Server) repeat(w http.ResponseWriter, r *http.Request, a workspace.Attempt, found workspace.Standing) {
	switch {
	case found.Request != a.Request:
		writeProblem(w, s.problem(r.Context(), fault.Errorf(fault.Invalid, "this %s was used for another request", idempotencyHeader).Because("idempotency_key_reused")))
	case found.Answer.Status == 0:
		writeProblem(w, s.problem(r.Context(), fault.Errorf(fault.Conflict, "the first request with this %s is still running", idempotencyHeader).
			Because("idempotency_in_progress").After(time.Second)))
	default:
		w.Header().Set("Idempotency-Replayed", "true")
		w.Header().Set("Content-Type", found.Answer.MediaType)
		w.WriteHeader(found.Answer.Status)
		_, _ = w.Write(found.Answer.Body)
	}
}

// recorder holds an answer back until it is kept.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorder) send(w http.ResponseWriter) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes())
}
