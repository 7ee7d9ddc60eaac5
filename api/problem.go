package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Problem is how every error is told (RFC 9457). Code is one of a handful and stable; Reason is finer and stable too.
type Problem struct {
	Type   string `json:"type" doc:"A URI for this kind of problem." example:"https://sapa.chat/problems/not_found"`
	Title  string `json:"title" doc:"The kind of problem in words."`
	Status int    `json:"status" doc:"The HTTP status."`
	Detail string `json:"detail" doc:"What happened, for people."`
	Code   string `json:"code" doc:"What kind of thing went wrong, for programs." enum:"invalid,unauthorized,forbidden,not_found,conflict,gone,too_large,limited,unavailable,internal"`
	Reason string `json:"reason,omitempty" doc:"A finer, stable word for programs."`
	// Errors name the parts of the input that are wrong.
	Errors []ProblemField `json:"errors,omitempty" nullable:"false" doc:"The parts of the request that are wrong."`
	// RetryAfter is in whole seconds, the same as the Retry-After header.
	RetryAfter int    `json:"retry_after,omitempty" doc:"Seconds after which another try makes sense."`
	RequestID  string `json:"request_id,omitempty" doc:"Names this request in the log."`
	// Oldest is the oldest seq still kept, on a 410 of the event log.
	Oldest *int64 `json:"oldest,omitempty" doc:"On a 410 of the event log: the oldest seq that can be read."`
}

// ProblemField is one wrong part of a request.
type ProblemField struct {
	Field   string `json:"field" doc:"Where it is, such as workspace.name."`
	Message string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders tells huma the headers.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="sapa"`)
	}
	return h
}

const problemType = "application/problem+json"

// statuses is the one table from faults to HTTP.
func statuses() map[fault.Code]int {
	return map[fault.Code]int{
		fault.Invalid:      http.StatusUnprocessableEntity,
		fault.Unauthorized: http.StatusUnauthorized,
		fault.Forbidden:    http.StatusForbidden,
		fault.NotFound:     http.StatusNotFound,
		fault.Conflict:     http.StatusConflict,
		fault.Gone:         http.StatusGone,
		fault.TooLarge:     http.StatusRequestEntityTooLarge,
		fault.Limited:      http.StatusTooManyRequests,
		fault.Unavailable:  http.StatusServiceUnavailable,
		fault.Internal:     http.StatusInternalServerError,
	}
}

// problem maps any error. What carries no fault is told as internal, and its text goes to the log alone.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Errorf(fault.Internal, "something went wrong here; the log has the details under this request id")
	}
	p := newProblem(statuses()[f.Code], string(f.Code), f.Reason, f.Message)
	p.RequestID = requestID(ctx)
	if f.Field != "" {
		p.Errors = []ProblemField{{Field: f.Field, Message: f.Message}}
	}
	if f.RetryAfter > 0 {
		p.RetryAfter = int(math.Ceil(f.RetryAfter.Seconds()))
	}
	if p.Status >= 500 && ctx.Err() == nil {
		s.logFailure(ctx, p, err)
	}
	return p
}

// logFailure tells the operator of a failure. What was refused on purpose (a number that is not connected, a part that is
// stopping) is no mistake of the program and nobody's alarm; the parts themselves log what made them refuse.
func (s *Server) logFailure(ctx context.Context, p *Problem, err error) {
	if fault.IsRefusal(err) {
		s.cfg.Log.DebugContext(ctx, "a request was refused for now", "request", p.RequestID, "reason", p.Reason)
		return
	}
	s.cfg.Log.ErrorContext(ctx, "a request failed", "request", p.RequestID, "error", err)
}

func newProblem(status int, code, reason, detail string) *Problem {
	return &Problem{
		Type: "https://sapa.chat/problems/" + code, Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, Reason: reason,
	}
}

// writeProblem answers before or outside of huma.
func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the reader is gone if this fails
}

// reshape turns huma's own errors (validation, malformed JSON, media types) into problems. It drops the
// offending values, which may be passwords.
func (s *Server) reshape(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(m.Status, codeOf(m.Status), reasonOf(m.Status), m.Detail)
	p.RequestID = requestID(ctx.Context())
	for _, e := range m.Errors {
		if e != nil {
			p.Errors = append(p.Errors, ProblemField{Field: strings.TrimPrefix(e.Location, "body."), Message: sentence(m.Status, e.Message)})
		}
	}
	if m.Status >= 500 {
		s.cfg.Log.ErrorContext(ctx.Context(), "a request failed in the framework", "request", p.RequestID, "error", m)
		p.Detail, p.Errors = "something went wrong here; the log has the details under this request id", nil
	}
	return p, nil
}

// sentence keeps what the validator says and hides what the JSON decoder says, which quotes the input.
func sentence(status int, message string) string {
	if status == http.StatusBadRequest {
		return "this is not the JSON that the route takes"
	}
	return message
}

func codeOf(status int) string {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return string(fault.TooLarge)
	case status >= 500:
		return string(fault.Internal)
	}
	return string(fault.Invalid)
}

func reasonOf(status int) string {
	return map[int]string{
		http.StatusBadRequest:            "json_malformed",
		http.StatusUnprocessableEntity:   "validation",
		http.StatusUnsupportedMediaType:  "media_type",
		http.StatusNotAcceptable:         "not_acceptable",
		http.StatusRequestEntityTooLarge: "body_too_large",
	}[status]
}

// optional is how a time that may be missing is shown.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
