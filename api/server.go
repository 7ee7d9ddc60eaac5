package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/workspace"
)

// Config is what the API needs. Everything is required but Simulator, Clock, Log and Version.
type Config struct {
	Workspaces *workspace.Service
	Attempts   workspace.AttemptStore
	Numbers    *number.Service
	Inbox      *inbox.Service
	Outbox     *send.Service
	Events     EventLog
	Realtime   *realtime.Service
	// Simulator scans pairing codes with simulated phones; nil outside simulator mode, and then the route does not exist.
	Simulator Simulator
	Clock     clock.Clock
	Log       *slog.Logger
	// Version of the program, shown to people.
	Version string
}

// EventLog reads the log of one workspace. Package store implements it.
type EventLog interface {
	// Events reads a stretch of the log. Errors: *event.Gone when the log no longer reaches back to q.After.
	Events(ctx context.Context, workspace string, q event.Query) (event.Stretch, error)
}

// Server answers everything under /v1.
type Server struct {
	cfg    Config
	mux    *http.ServeMux
	huma   huma.API
	routes []route
	spec   []byte
}

// New makes the server with all its routes.
func New(c Config) *Server {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: c, mux: http.NewServeMux()}
	s.huma = humago.New(s.mux, s.document())
	s.register()
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	complete(schemas)
	s.spec = s.render()
	s.mux.HandleFunc("GET /v1/openapi.json", s.serveDocument)
	s.mux.HandleFunc("GET /v1/docs", s.serveDocs)
	return s
}

func (s *Server) register() {
	s.registerSetup()
	s.registerLogin()
	s.registerMe()
	s.registerPasswordReset()
	s.registerInvitations()
	s.registerPeople()
	s.registerWorkspace()
	s.registerKeys()
	s.registerNumbers()
	s.registerPairing()
	s.registerConversations()
	s.registerMessages()
	s.registerContacts()
	s.registerEvents()
	s.registerOverview()
	s.registerRealtime()
	s.registerSettings()
}

// Handler is the whole API. Mount it at /v1/. The request's RemoteAddr and X-Forwarded-Proto must be true.
func (s *Server) Handler() http.Handler {
	return s.identified(s.recovered(s.secured(s.shared(http.HandlerFunc(s.dispatch)))))
}

// dispatch serves known routes and gives unknown ones the same shape of error as all others.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	var refused refusal
	handler.ServeHTTP(&refused, r)
	if allow := refused.Header().Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		writeProblem(w, newProblem(http.StatusMethodNotAllowed, "invalid", "method_not_allowed", "this route takes "+allow))
		return
	}
	writeProblem(w, newProblem(http.StatusNotFound, "not_found", "route_unknown", "no such route; see /v1/docs"))
}

// refusal takes the mux's own answer, of which only the header is of use.
type refusal struct{ header http.Header }

func (r *refusal) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (r *refusal) WriteHeader(int)             {}

// Document is the OpenAPI 3.1 document as indented JSON, the same bytes on every start.
func (s *Server) Document() []byte { return s.spec }

func (s *Server) render() []byte {
	spec, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(err) // made of our own types at start: a mistake of the program
	}
	return append(spec, '\n')
}
