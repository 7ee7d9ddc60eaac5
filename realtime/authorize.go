package realtime

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/workspace"
)

// Principal is who asks: a person with a role, or an API key with scopes, in one workspace.
type Principal struct {
	Workspace string
	// ID is the person's id, or KeyPrincipal of an API key's. Others see it in presence channels.
	ID string
	// Name is shown to others in presence channels.
	Name string
	// May reports whether the person's role or the key's scopes allow something.
	May func(workspace.Permission) bool
}

// KeyPrincipal is the Principal.ID of an API key.
func KeyPrincipal(key string) string { return "key:" + key }

// Grant is the answer of the auth endpoint, in the shape that Pusher clients expect.
type Grant struct {
	Auth string `json:"auth"`
	// ChannelData is set on presence channels: who the subscriber is.
	ChannelData string `json:"channel_data,omitempty"`
	// SharedSecret is set on encrypted channels: base64 of the channel's 32-byte key.
	SharedSecret string `json:"shared_secret,omitempty"`
}

// SignIn is the answer of the user-auth endpoint.
type SignIn struct {
	Auth     string `json:"auth"`
	UserData string `json:"user_data"`
}

// userInfo is what others see of a member.
type userInfo struct {
	Name string `json:"name"`
}

var socketIDs = regexp.MustCompile(`^\d{1,20}\.\d{1,20}$`)

// Authorize lets p subscribe to one of our channels on the socket. It refuses
// with Invalid (malformed), Forbidden (the role or scope does not allow it, or the
// channel is none of ours) and NotFound (another workspace's, or nothing).
func (s *Service) Authorize(ctx context.Context, p Principal, socketID, channel string) (Grant, error) {
	if !socketIDs.MatchString(socketID) {
		return Grant{}, fault.Errorf(fault.Invalid, "socket_id must look like 123.456").On("socket_id")
	}
	if err := s.mayListen(ctx, p, channel); err != nil {
		return Grant{}, err
	}
	app, err := s.apps.Of(ctx, p.Workspace)
	if err != nil {
		return Grant{}, fmt.Errorf("realtime app: %w", err)
	}
	var g Grant
	switch prefix, _, _ := splitChannel(channel); prefix {
	case presenceWorkspace, presenceConversation:
		g.ChannelData = toJSON(struct {
			UserID string   `json:"user_id"`
			Info   userInfo `json:"user_info"`
		}{p.ID, userInfo{p.Name}})
	case encryptedNumber:
		secret := pusher.SharedSecret(app.Master, channel)
		g.SharedSecret = base64.StdEncoding.EncodeToString(secret[:])
	}
	s.driver.Vouch(p.Workspace, socketID, p.ID)
	g.Auth = pusher.SignChannel(app.Key, app.Secret, socketID, channel, g.ChannelData)
	return g, nil
}

// mayListen checks permission first and existence second, so that a refusal tells nothing about other workspaces.
func (s *Service) mayListen(ctx context.Context, p Principal, channel string) error {
	prefix, id, ok := splitChannel(channel)
	if !ok {
		return fault.Errorf(fault.Forbidden, "%q is not a channel of this workspace", channel).Because("channel_unknown").On("channel_name")
	}
	needs := []workspace.Permission{workspace.UseRealtime}
	exists := func() (bool, error) { return id == p.Workspace, nil }
	switch prefix {
	case privateWorkspace: // its events carry the texts of messages
		needs = append(needs, workspace.ReadMessages)
	case privateConversation, presenceConversation:
		needs = append(needs, workspace.ReadMessages)
		exists = func() (bool, error) { return s.store.ConversationExists(ctx, p.Workspace, id) }
	case encryptedNumber:
		needs = append(needs, workspace.WriteNumbers)
		exists = func() (bool, error) { return s.store.NumberExists(ctx, p.Workspace, id) }
	}
	for _, permission := range needs {
		if !p.May(permission) {
			return fault.Errorf(fault.Forbidden, "you may not listen to this channel").Because("channel_forbidden").On("channel_name")
		}
	}
	there, err := exists()
	if err != nil {
		return fmt.Errorf("channel %s: %w", channel, err)
	}
	if !there {
		return fault.Errorf(fault.NotFound, "no such channel in this workspace").On("channel_name")
	}
	return nil
}

// SignIn signs p in on the socket: one identity over all its channels, which
// also receives what is sent to #server-to-user-{ID}.
func (s *Service) SignIn(ctx context.Context, p Principal, socketID string) (SignIn, error) {
	if !socketIDs.MatchString(socketID) {
		return SignIn{}, fault.Errorf(fault.Invalid, "socket_id must look like 123.456").On("socket_id")
	}
	if !p.May(workspace.UseRealtime) {
		return SignIn{}, fault.Errorf(fault.Forbidden, "you may not listen to live events")
	}
	app, err := s.apps.Of(ctx, p.Workspace)
	if err != nil {
		return SignIn{}, fmt.Errorf("realtime app: %w", err)
	}
	data := toJSON(struct {
		ID   string   `json:"id"`
		Info userInfo `json:"user_info"`
	}{p.ID, userInfo{p.Name}})
	s.driver.Vouch(p.Workspace, socketID, p.ID)
	return SignIn{Auth: pusher.SignUser(app.Key, app.Secret, socketID, data), UserData: data}, nil
}

// App returns the workspace's credentials, for the Developers page.
func (s *Service) App(ctx context.Context, workspace string) (App, error) {
	return s.apps.Of(ctx, workspace)
}

// Rotate gives the workspace a new secret, which is valid at once: the key
// stays, servers must be given the new secret, and open sockets are closed within
// some seconds so that what the old secret has signed ends.
func (s *Service) Rotate(ctx context.Context, workspace string) (App, error) {
	app, err := s.apps.rotate(ctx, workspace)
	if err != nil {
		return App{}, err
	}
	return app, s.order(ctx, resign{workspace, secretChanged, rotateWindow})
}

func toJSON(v any) string {
	b, _ := json.Marshal(v) // structs of strings always encode
	return string(b)
}
