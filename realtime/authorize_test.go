package realtime_test

import (
	"context"
	"encoding/base64"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/workspace"
)

func missing() error { return fault.Errorf(fault.NotFound, "no such workspace") }

// things answers for conversations and numbers, on top of a real store for the apps.
type things struct{ realtime.Store }

func (things) ConversationExists(_ context.Context, w, id string) (bool, error) {
	return w == ws && id == conversation, nil
}

func (things) NumberExists(_ context.Context, w, id string) (bool, error) {
	return w == ws && id == number, nil
}

func person(in string, role workspace.Role) realtime.Principal {
	return realtime.Principal{Workspace: in, ID: "ana", Name: "Ana", May: role.May}
}

func key(scopes ...workspace.Permission) realtime.Principal {
	return realtime.Principal{Workspace: ws, ID: "key:1", Name: "CRM", May: func(p workspace.Permission) bool { return slices.Contains(scopes, p) }}
}

// Who may listen to what. The empty code means yes.
func TestWhoMayListen(t *testing.T) {
	t.Parallel()
	f := start(t)
	s := realtime.New(realtime.Options{Apps: f.apps, Store: things{}, Driver: f.recorder})
	for name, c := range map[string]struct {
		who     realtime.Principal
		channel string
		want    fault.Code
	}{
		"agent, workspace":                 {person(ws, workspace.Agent), "private-workspace." + ws, ""},
		"agent, presence":                  {person(ws, workspace.Agent), "presence-workspace." + ws, ""},
		"agent, conversation":              {person(ws, workspace.Agent), "private-conversation." + conversation, ""},
		"agent, conversation presence":     {person(ws, workspace.Agent), "presence-conversation." + conversation, ""},
		"agent may not pair":               {person(ws, workspace.Agent), "private-encrypted-number." + number, fault.Forbidden},
		"admin may pair":                   {person(ws, workspace.Admin), "private-encrypted-number." + number, ""},
		"owner may pair":                   {person(ws, workspace.Owner), "private-encrypted-number." + number, ""},
		"no role":                          {person(ws, ""), "private-workspace." + ws, fault.Forbidden},
		"another workspace":                {person(ws, workspace.Owner), "private-workspace." + otherWS, fault.NotFound},
		"another workspace's presence":     {person(ws, workspace.Owner), "presence-workspace." + otherWS, fault.NotFound},
		"another workspace's conversation": {person(otherWS, workspace.Owner), "private-conversation." + conversation, fault.NotFound},
		"another workspace's number":       {person(otherWS, workspace.Owner), "private-encrypted-number." + number, fault.NotFound},
		"a QR without encryption":          {person(ws, workspace.Owner), "private-number." + number, fault.Forbidden},
		"a channel of nobody":              {person(ws, workspace.Owner), "private-else", fault.Forbidden},
		"a prefix alone":                   {person(ws, workspace.Owner), "private-workspace.", fault.Forbidden},
		"public":                           {person(ws, workspace.Owner), "workspace." + ws, fault.Forbidden},
		"another user's channel":           {person(ws, workspace.Owner), "#server-to-user-ben", fault.Forbidden},
		"key with the scopes":              {key(workspace.UseRealtime, workspace.ReadMessages), "private-workspace." + ws, ""},
		"key that may only listen":         {key(workspace.UseRealtime), "private-workspace." + ws, fault.Forbidden},
		"key, presence":                    {key(workspace.UseRealtime), "presence-workspace." + ws, ""},
		"key without it":                   {key(workspace.ReadMessages), "private-workspace." + ws, fault.Forbidden},
		"key that may not read messages":   {key(workspace.UseRealtime), "private-conversation." + conversation, fault.Forbidden},
		"key that may pair":                {key(workspace.UseRealtime, workspace.WriteNumbers), "private-encrypted-number." + number, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grant, err := s.Authorize(t.Context(), c.who, "123.456", c.channel)
			require.Equal(t, c.want, fault.CodeOf(err), "%v", err)
			if err != nil {
				require.Empty(t, grant)
				return
			}
			app, err := s.App(t.Context(), c.who.Workspace)
			require.NoError(t, err)
			require.Equal(t, pusher.SignChannel(app.Key, app.Secret, "123.456", c.channel, grant.ChannelData), grant.Auth)
		})
	}
}

func TestWhatAGrantCarries(t *testing.T) {
	t.Parallel()
	f := start(t)
	s := realtime.New(realtime.Options{Apps: f.apps, Store: things{}, Driver: f.recorder})
	owner := person(ws, workspace.Owner)

	plain, err := s.Authorize(t.Context(), owner, "1.2", "private-workspace."+ws)
	require.NoError(t, err)
	require.Empty(t, plain.ChannelData)
	require.Empty(t, plain.SharedSecret)

	presence, err := s.Authorize(t.Context(), owner, "1.2", "presence-workspace."+ws)
	require.NoError(t, err)
	require.JSONEq(t, `{"user_id":"ana","user_info":{"name":"Ana"}}`, presence.ChannelData)

	encrypted, err := s.Authorize(t.Context(), owner, "1.2", "private-encrypted-number."+number)
	require.NoError(t, err)
	secret, err := base64.StdEncoding.DecodeString(encrypted.SharedSecret)
	require.NoError(t, err)
	require.Len(t, secret, 32)

	for _, socket := range []string{"", "1", "1.", "a.b", "1.2:private-x", "1.2\n", "123456789012345678901.1"} {
		_, err := s.Authorize(t.Context(), owner, socket, "private-workspace."+ws)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), socket)
		_, err = s.SignIn(t.Context(), owner, socket)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), socket)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := start(t)
	in, err := f.SignIn(t.Context(), person(ws, workspace.Agent), "1.2")
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"ana","user_info":{"name":"Ana"}}`, in.UserData)
	app, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, pusher.SignUser(app.Key, app.Secret, "1.2", in.UserData), in.Auth)
	_, err = f.SignIn(t.Context(), key(workspace.ReadMessages), "1.2")
	require.Equal(t, fault.Forbidden, fault.CodeOf(err))
}

// A signature does not say whose it is: the server of the sockets is told, or nobody could be sent away.
func TestTheSocketOfWhoeverIsAuthorizedIsKnown(t *testing.T) {
	t.Parallel()
	f := start(t)
	s := realtime.New(realtime.Options{Apps: f.apps, Store: things{}, Driver: f.recorder})
	_, err := s.Authorize(t.Context(), person(ws, workspace.Agent), "1.2", "private-encrypted-number."+number)
	require.Error(t, err)
	require.Empty(t, f.known, "who was refused is nobody")
	_, err = s.Authorize(t.Context(), person(ws, workspace.Agent), "1.2", "private-workspace."+ws)
	require.NoError(t, err)
	_, err = s.SignIn(t.Context(), key(workspace.UseRealtime), "3.4")
	require.NoError(t, err)
	require.Equal(t, []string{"vouch " + ws + " 1.2 ana", "vouch " + ws + " 3.4 key:1"}, f.known)
}
