package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/realtime"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

func TestRealtimeApps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		apps, ctx := store.Realtime{DB: db}, t.Context()
		at := time.UnixMilli(1_790_000_000_000).UTC()
		app := realtime.App{Workspace: id.New(), Key: id.New(), Secret: "s3cret-1", Master: [32]byte{1}, RotatedAt: at}

		_, err := apps.App(ctx, app.Workspace)
		require.Equal(t, fault.NotFound, fault.CodeOf(err), "a workspace begins without an app")
		require.Equal(t, fault.NotFound, fault.CodeOf(apps.RotateApp(ctx, app)), "what is not there cannot be rotated")

		stored, err := apps.CreateApp(ctx, app)
		require.NoError(t, err)
		require.Equal(t, app, stored)

		second := app
		second.Key, second.Secret = id.New(), "s3cret-2"
		stored, err = apps.CreateApp(ctx, second)
		require.NoError(t, err)
		require.Equal(t, app, stored, "of two who create, the first wins and both get it")

		rotated := app
		rotated.Secret, rotated.Master, rotated.RotatedAt = "s3cret-3", [32]byte{3}, at.Add(time.Hour)
		require.NoError(t, apps.RotateApp(ctx, rotated))
		stored, err = apps.App(ctx, app.Workspace)
		require.NoError(t, err)
		require.Equal(t, rotated, stored)

		_, err = apps.App(ctx, id.New())
		require.Equal(t, fault.NotFound, fault.CodeOf(err), "another workspace does not see it")
	})
}

func TestRealtimeSecretsAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		app := realtime.App{Workspace: id.New(), Key: id.New(), Secret: "very-visible"}
		_, err := store.Realtime{DB: db}.CreateApp(t.Context(), app)
		require.NoError(t, err)
		var secret, master string
		require.NoError(t, db.Read(t.Context(), app.Workspace, func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT secret, master FROM realtime_apps WHERE workspace = $1`, app.Workspace).Scan(&secret, &master)
		}))
		require.NotContains(t, secret, app.Secret)
		require.NotEmpty(t, master)
	})
}

func TestWhatAChannelRefersTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		refers, ctx := store.Realtime{DB: db}, t.Context()
		ws, other, number, deleted, conversation := id.New(), id.New(), id.New(), id.New(), id.New()
		require.NoError(t, db.Write(ctx, ws, func(tx *store.Tx) error {
			for n, gone := range map[string]int64{number: 0, deleted: 1} {
				if _, err := tx.Exec(ctx, `INSERT INTO numbers (workspace, id, name, provider, state, since, created_at, deleted_at)
					VALUES ($1, $2, 'CS', 'web', 'created', 1, 1, $3)`, ws, n, gone); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `INSERT INTO conversations (workspace, id, number, contact, last_activity, created_at)
				VALUES ($1, $2, $3, $4, 1, 1)`, ws, conversation, number, id.New())
			return err
		}))
		for name, c := range map[string]struct {
			ask    func(ctx context.Context, workspace, id string) (bool, error)
			in, id string
			want   bool
		}{
			"a number":                         {refers.NumberExists, ws, number, true},
			"a deleted number":                 {refers.NumberExists, ws, deleted, false},
			"another workspace's number":       {refers.NumberExists, other, number, false},
			"a conversation":                   {refers.ConversationExists, ws, conversation, true},
			"another workspace's conversation": {refers.ConversationExists, other, conversation, false},
			"nothing":                          {refers.ConversationExists, ws, id.New(), false},
		} {
			got, err := c.ask(ctx, c.in, c.id)
			require.NoError(t, err, name)
			require.Equal(t, c.want, got, name)
		}
	})
}
