package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sapa-chat/sapa/workspace"
)

// access says who may use a route.
type access string

// The kinds of access. member routes also name a permission.
const (
	public        access = "public"        // anybody
	person        access = "person"        // whoever is logged in
	administrator access = "administrator" // administrators of the installation
	member        access = "member"        // a role or a key of the workspace that has the permission
)

// route is one operation and the rules at its door.
type route struct {
	method  string
	path    string
	id      string
	summary string
	tag     string
	access  access
	// permission is what a member needs.
	permission workspace.Permission
	// status of success; 200 when 0.
	status int
	// creates marks a POST that honours Idempotency-Key.
	creates bool
	// remembers says that what the route makes knows the request that made it, so that the door keeps no answer for it.
	remembers bool
	// body bounds the request, DefaultBody when 0.
	body int64
	// about is for the documentation.
	about string
}

func (r route) limit() int64 {
	if r.body == 0 {
		return DefaultBody
	}
	return r.body
}

// handler does the work of a route for a caller who may use it.
type handler[I, O any] func(ctx context.Context, c Caller, in *I) (*O, error)

// add registers a route. It is the only way to make one.
func add[I, O any](s *Server, r route, h handler[I, O]) {
	s.routes = append(s.routes, r)
	op := s.operation(r)
	op.Middlewares = huma.Middlewares{s.door(r)}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// door is what a request passes before its handler: who, whether they may, what the answer may be read by, and whether it was here before.
func (s *Server) door(rt route) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		err := checkAddress(r)
		var c Caller
		if err == nil {
			c, err = s.enter(r, rt)
		}
		if c.Workspace != "" && err == nil {
			err = s.shareWith(w, r, c.Workspace)
		}
		var body []byte
		if err == nil {
			body, err = swallow(w, r, rt.limit())
		}
		if err == nil {
			err = checkMedia(r, rt, body)
		}
		if err == nil {
			err = checkBody(body)
		}
		if err == nil {
			err = checkKeys(body, bodySchema(hc.Operation()), s.huma.OpenAPI().Components.Schemas)
		}
		if err != nil {
			writeProblem(w, s.problem(r.Context(), err))
			return
		}
		key := r.Header.Get(idempotencyHeader)
		if key != "" && rt.creates {
			c.Fingerprint = digest(r.URL.Path, r.URL.RawQuery, string(body))
			err = checkKey(key)
		}
		if err != nil {
			writeProblem(w, s.problem(r.Context(), err))
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
		serve := func(w http.ResponseWriter) { next(humago.NewContext(hc.Operation(), r, w)) }
		if key != "" && rt.creates && !rt.remembers && rt.access != public {
			s.once(w, r, rt, c, key, serve)
			return
		}
		serve(w)
	}
}

func (s *Server) shareWith(w http.ResponseWriter, r *http.Request, ws string) error {
	if r.Header.Get("Origin") == "" {
		return nil
	}
	origins, err := s.cfg.Workspaces.Origins(r.Context(), ws)
	if err == nil {
		share(w, r, origins)
	}
	return err
}

// checkMedia refuses bodies that are not JSON: a form from another site never needs a preflight, JSON does.
// Only the channel-auth endpoints take forms, because Pusher's clients send them.
func checkMedia(r *http.Request, rt route, body []byte) error {
	if len(body) == 0 {
		return nil
	}
	media, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	media = strings.TrimSpace(media)
	if media == "application/json" || (rt.tag == "realtime" && media == "application/x-www-form-urlencoded") {
		return nil
	}
	return newProblem(http.StatusUnsupportedMediaType, "invalid", "media_type", "send application/json")
}

// operation is the route in OpenAPI's words.
func (s *Server) operation(r route) huma.Operation {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Description: r.describe(),
		Tags: []string{r.tag}, DefaultStatus: r.status, MaxBodyBytes: r.limit() + 1,
		BodyReadTimeout: -1, // the body is read at the door; huma's deadline would go on to cut off whatever works longer
		Parameters:      r.headers(), Extensions: map[string]any{"x-access": string(r.access)},
		Responses: map[string]*huma.Response{"default": {
			Description: "Error", Content: map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
		}},
	}
	switch r.access {
	case public:
		op.Security = []map[string][]string{}
	case member:
		op.Extensions["x-permission"] = string(r.permission)
		op.Security = []map[string][]string{{"session": {}}}
		if keyMay(r.permission) {
			op.Security = append(op.Security, map[string][]string{"key": {}})
		}
	default:
		op.Security = []map[string][]string{{"session": {}}}
	}
	return op
}

func keyMay(p workspace.Permission) bool {
	for _, scope := range workspace.Scopes() {
		if scope == p {
			return true
		}
	}
	return false
}

func (r route) describe() string {
	text := r.about
	switch r.access {
	case public:
		text += "\n\nFor anybody."
	case person:
		text += "\n\nFor whoever is logged in."
	case administrator:
		text += "\n\nFor administrators of the installation."
	case member:
		text += "\n\nNeeds the permission `" + string(r.permission) + "`."
	}
	return strings.TrimSpace(text)
}

func (r route) headers() (all []*huma.Param) {
	text := &huma.Schema{Type: huma.TypeString}
	if r.access == member {
		all = append(all, &huma.Param{Name: workspaceHeader, In: "header", Schema: text, Description: "The workspace to act in. Needed with a session; an API key has its own."})
	}
	if r.access != public && r.method != http.MethodGet {
		all = append(all, &huma.Param{Name: csrfHeader, In: "header", Schema: text, Description: "The token from GET /v1/me. Needed with a session."})
	}
	if r.creates {
		all = append(all, &huma.Param{Name: idempotencyHeader, In: "header", Schema: text, Description: "Makes it safe to send the request again: within 24 hours the same key gets the same answer."})
	}
	return all
}
