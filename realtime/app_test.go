package realtime_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/pusher"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/store"
)

func TestEachWorkspaceHasItsOwnApp(t *testing.T) {
	t.Parallel()
	f := start(t)
	one, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	two, err := f.App(t.Context(), otherWS)
	require.NoError(t, err)
	require.NotEqual(t, one.Key, two.Key)
	require.NotEqual(t, one.Secret, two.Secret)
	require.NotEqual(t, one.Master, two.Master)

	again, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, one, again)

	_, err = f.App(t.Context(), id.New())
	require.Equal(t, fault.NotFound, fault.CodeOf(err), "a workspace that does not exist gets none")
}

func TestAppsAreFoundByKeyAndID(t *testing.T) {
	t.Parallel()
	f := start(t)
	app, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	byKey, err := f.apps.ByKey(t.Context(), app.Key)
	require.NoError(t, err)
	byID, err := f.apps.ByID(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, byID, byKey)
	require.Equal(t, &pusher.App{
		ID: ws, Key: app.Key, Secret: app.Secret, SubscriptionCount: true,
		Origins: []string{"https://sapa.example", "https://shop.example"},
	}, byKey)
	for _, wrong := range []string{"", "x", app.Key + "0", strings.ToUpper(app.Key), app.Key[:26] + "00000000", strings.ToLower(id.New()) + "00000000"} {
		_, err := f.apps.ByKey(t.Context(), wrong)
		require.ErrorIs(t, err, pusher.ErrNoApp, wrong)
	}
}

// late is a store whose read of an app is overtaken by a rotation.
type late struct {
	store.Realtime
	during func()
}

func (l late) App(ctx context.Context, ws string) (realtime.App, error) {
	app, err := l.Realtime.App(ctx, ws)
	l.during()
	return app, err
}

func TestARotationIsNotForgottenByASlowRead(t *testing.T) {
	t.Parallel()
	f := start(t)
	before, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	kept := late{Realtime: store.Realtime{DB: f.db}}
	now := &moving{at: before.RotatedAt.Add(time.Hour)}
	apps := realtime.NewApps(&kept, f.all, now, nil)
	s := realtime.New(realtime.Options{Apps: apps, Store: kept, Driver: f.recorder})
	var fresh realtime.App
	kept.during = func() {
		kept.during = func() {}
		var err error
		fresh, err = s.Rotate(t.Context(), ws)
		require.NoError(t, err)
	}
	_, err = s.App(t.Context(), ws) // reads the old one, then remembers
	require.NoError(t, err)
	got, err := s.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, fresh, got)

	now.at = now.at.Add(time.Minute) // forgotten by now, read again
	got, err = s.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, fresh, got)
}

// moving is a clock that one test moves.
type moving struct{ at time.Time }

func (m *moving) Now() time.Time { return m.at }

func TestRotation(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- f.Run(ctx) }()

	old, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	fresh, err := f.Rotate(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, old.Key, fresh.Key, "the key is public and stays")
	require.NotEqual(t, old.Secret, fresh.Secret)
	require.NotEqual(t, old.Master, fresh.Master, "and so do the keys of encrypted channels")
	require.Equal(t, ws+": the app's secret has changed; connect again", <-f.closed, "what the old secret signed ends")

	kept, err := f.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, fresh, kept)
	read, err := store.Realtime{DB: f.db}.App(t.Context(), ws)
	require.NoError(t, err)
	require.Equal(t, fresh, realtime.App(read))

	require.NoError(t, f.Reauthorize(t.Context(), otherWS))
	require.Equal(t, otherWS+": rights in this workspace have changed; connect again", <-f.closed)
	require.NoError(t, f.Dismiss(t.Context(), otherWS, "ana", "you were removed"))
	require.Equal(t, []string{"expel " + otherWS + " ana: you were removed"}, f.known, "of their own workspace, and with the true reason")
	require.Equal(t, otherWS+": rights in this workspace have changed; connect again", <-f.closed, "who is not known by name proves their rights")
	cancel()
	require.NoError(t, <-ran)
}
