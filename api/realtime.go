package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/workspace"
)

// Realtime is how to listen to the workspace's live events with any Pusher client.
type Realtime struct {
	Key          string `json:"key"`
	Path         string `json:"path" doc:"Where the socket is, before the key."`
	Channel      string `json:"channel"`
	Presence     string `json:"presence"`
	AuthEndpoint string `json:"auth_endpoint"`
}

// RealtimeApp is the workspace's credentials for Pusher's server SDKs.
type RealtimeApp struct {
	AppID   string   `json:"app_id"`
	Key     string   `json:"key"`
	Secret  string   `json:"secret"`
	Origins []string `json:"origins" nullable:"false"`
}

// rawInput is a body in JSON or as a form, since Pusher clients send forms.
type rawInput struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte
}

func (s *Server) registerRealtime() {
	at := func(method, path, id, summary string, p workspace.Permission) route {
		return route{method: method, path: "/v1/realtime" + path, id: id, tag: "realtime", access: member, permission: p, summary: summary}
	}
	add(s, at(http.MethodGet, "", "get-realtime", "How to listen to live events", workspace.UseRealtime), s.getRealtime)
	auth := at(http.MethodPost, "/auth", "authorize-channel", "Authorize a channel subscription", workspace.UseRealtime)
	auth.about = "`socket_id` and `channel_name` as a form or as JSON, as Pusher clients send them."
	add(s, auth, s.authorizeChannel)
	user := at(http.MethodPost, "/user-auth", "authorize-user", "Authorize a sign-in on the socket", workspace.UseRealtime)
	user.about = "`socket_id` as a form or as JSON."
	add(s, user, s.authorizeUser)
	add(s, at(http.MethodGet, "/app", "get-realtime-app", "The workspace's realtime credentials", workspace.ManageRealtime), s.getApp)
	add(s, at(http.MethodPost, "/app/rotate", "rotate-realtime-app", "Make a new secret", workspace.ManageRealtime), s.rotateApp)
}

func (s *Server) getRealtime(ctx context.Context, c Caller, _ *none) (*of[Realtime], error) {
	app, err := s.cfg.Realtime.App(ctx, c.Workspace)
	return answer(Realtime{
		Key: app.Key, Path: "/app", AuthEndpoint: "/v1/realtime/auth",
		Channel: "private-workspace." + c.Workspace, Presence: "presence-workspace." + c.Workspace,
	}), err
}

func (s *Server) authorizeChannel(ctx context.Context, c Caller, in *rawInput) (*of[realtime.Grant], error) {
	fields, err := in.fields("socket_id", "channel_name")
	if err != nil {
		return nil, err
	}
	g, err := s.cfg.Realtime.Authorize(ctx, c.principal(), fields["socket_id"], fields["channel_name"])
	return answer(g), err
}

func (s *Server) authorizeUser(ctx context.Context, c Caller, in *rawInput) (*of[realtime.SignIn], error) {
	fields, err := in.fields("socket_id")
	if err != nil {
		return nil, err
	}
	g, err := s.cfg.Realtime.SignIn(ctx, c.principal(), fields["socket_id"])
	return answer(g), err
}

func (s *Server) getApp(ctx context.Context, c Caller, _ *none) (*of[RealtimeApp], error) {
	app, err := s.cfg.Realtime.App(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	return s.showApp(ctx, app)
}

func (s *Server) rotateApp(ctx context.Context, c Caller, _ *none) (*of[RealtimeApp], error) {
	app, err := s.cfg.Realtime.Rotate(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	return s.showApp(ctx, app)
}

func (s *Server) showApp(ctx context.Context, app realtime.App) (*of[RealtimeApp], error) {
	origins, err := s.cfg.Workspaces.Origins(ctx, app.Workspace)
	return answer(RealtimeApp{AppID: app.Workspace, Key: app.Key, Secret: app.Secret, Origins: append([]string{}, origins...)}), err
}

// reauthorize lets every socket of the workspace prove its rights again, because somebody lost some. What was done stays
// done if it fails, which only the log can tell.
func (s *Server) reauthorize(ctx context.Context, ws string) {
	s.tellSockets(ctx, ws, func(ctx context.Context) error { return s.cfg.Realtime.Reauthorize(ctx, ws) })
}

// dismiss ends for good what a principal who lost all rights listens to.
func (s *Server) dismiss(ctx context.Context, ws, principal, why string) {
	s.tellSockets(ctx, ws, func(ctx context.Context) error { return s.cfg.Realtime.Dismiss(ctx, ws, principal, why) })
}

func (s *Server) tellSockets(ctx context.Context, ws string, tell func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := tell(ctx); err != nil {
		s.cfg.Log.ErrorContext(ctx, "live connections were not asked for their rights again", "workspace", ws, "error", err)
	}
}

func (c Caller) principal() realtime.Principal {
	p := realtime.Principal{Workspace: c.Workspace, May: c.May}
	if c.Key != nil {
		p.ID, p.Name = realtime.KeyPrincipal(c.Key.ID), c.Key.Name
	} else {
		p.ID, p.Name = c.Session.Person.ID, c.Session.Person.Name
	}
	return p
}

// fields reads the named texts from a JSON object or a form.
func (in *rawInput) fields(names ...string) (map[string]string, error) {
	out := map[string]string{}
	if strings.HasPrefix(strings.ToLower(in.ContentType), "application/json") {
		if err := json.Unmarshal(in.RawBody, &out); err != nil {
			return nil, newProblem(http.StatusBadRequest, "invalid", "json_malformed", "this is not the JSON that the route takes")
		}
	} else if form, err := url.ParseQuery(string(in.RawBody)); err == nil {
		for _, name := range names {
			out[name] = form.Get(name)
		}
	}
	for _, name := range names {
		if out[name] == "" {
			return nil, fault.Errorf(fault.Invalid, "%s is missing", name).On(name)
		}
	}
	return out, nil
}
