package workspace_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/workspace"
)

// world is a workspace service on a real database, with a clock that the test turns and a post office that it reads.
type world struct {
	*workspace.Service
	db    *store.DB
	clock *turned
	post  *post
}

type turned struct {
	mu  sync.Mutex
	now time.Time
}

func (c *turned) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *turned) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type post struct{ letters chan workspace.Mail }

func (p *post) Send(_ context.Context, m workspace.Mail) error {
	if strings.HasPrefix(m.To, "broken") {
		return errors.New("no such mailbox")
	}
	p.letters <- m
	return nil
}

// cheap makes passwords cost nothing, for tests that are not about them.
func cheap() workspace.Hashing { return workspace.Hashing{MemoryKiB: 64, Passes: 1} }

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{
		db: db, clock: &turned{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)},
		post: &post{letters: make(chan workspace.Mail, 10)},
	}
	w.Service = workspace.New(workspace.Config{Store: store.Workspaces{DB: db}, Clock: w.clock, Mailer: w.post, Hashing: cheap()})
	return w
}

// each runs a test on every engine.
func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, open(t, db)) })
}

const (
	password = "correct horse"
	home     = "192.0.2.1"
)

// founded is a world after setup: Ayu is administrator and owner of the workspace.
func (w *world) founded(t *testing.T) (ayu workspace.Login, ws string) {
	t.Helper()
	token, err := w.SetupToken(t.Context())
	require.NoError(t, err)
	ayu, err = w.Setup(t.Context(), workspace.Setup{
		Token: token, Name: "Ayu", Email: "ayu@example.com", Password: password, Language: "id",
		Workspace: workspace.Draft{Name: "Toko Ayu"}, PublicURL: "https://chat.example.com/",
	})
	require.NoError(t, err)
	return ayu, ayu.Session.Memberships[0].Workspace.ID
}

// joins invites somebody and lets them accept.
func (w *world) joins(t *testing.T, ws, email string, role workspace.Role) workspace.Login {
	t.Helper()
	members, err := w.Members(t.Context(), ws)
	require.NoError(t, err)
	inv, err := w.Invite(t.Context(), ws, members[0], email, role)
	require.NoError(t, err)
	login, err := w.Accept(t.Context(), tokenOf(inv.Link), "Budi", password, home)
	require.NoError(t, err)
	<-w.post.letters
	return login
}

func tokenOf(link string) string { return link[strings.LastIndex(link, "/")+1:] }

func refused(t *testing.T, err error, code fault.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err), err)
	require.Equal(t, reason, fault.ReasonOf(err), err)
}

func TestSetupMakesTheFirstAdministratorOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		older, err := w.SetupToken(t.Context())
		require.NoError(t, err)
		_, err = w.Setup(t.Context(), workspace.Setup{
			Token: "guessed", Name: "Eve", Email: "eve@example.com", Password: password, Workspace: workspace.Draft{Name: "Eve"},
		})
		refused(t, err, fault.Forbidden, "setup_link_wrong")

		ayu, ws := w.founded(t)
		require.True(t, ayu.Session.Person.Administrator)
		require.Equal(t, workspace.Owner, ayu.Session.Memberships[0].Role)
		made, err := w.Get(t.Context(), ws)
		require.NoError(t, err)
		require.Equal(t, "ID", made.Country)
		require.Equal(t, "Asia/Jakarta", made.Timezone)
		settings, err := w.Settings(t.Context())
		require.NoError(t, err)
		require.Equal(t, "https://chat.example.com", settings.PublicURL)

		_, err = w.Setup(t.Context(), workspace.Setup{Token: older, Name: "Eve", Email: "eve@example.com", Password: password, Workspace: workspace.Draft{Name: "Eve"}})
		refused(t, err, fault.Gone, "setup_done")
		token, err := w.SetupToken(t.Context())
		require.NoError(t, err)
		require.Empty(t, token)
	})
}

func TestOneSetupLinkMakesOneAdministratorHoweverManyRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token, err := w.SetupToken(t.Context())
		require.NoError(t, err)
		won := make(chan bool, 8)
		for i := range cap(won) {
			go func() {
				_, err := w.Setup(t.Context(), workspace.Setup{
					Token: token, Name: "Ayu", Email: string(rune('a'+i)) + "@example.com", Password: password, Workspace: workspace.Draft{Name: "Toko"},
				})
				won <- err == nil
			}()
		}
		winners := 0
		for range cap(won) {
			if <-won {
				winners++
			}
		}
		require.Equal(t, 1, winners)
		people, err := w.AllPeople(t.Context())
		require.NoError(t, err)
		require.Len(t, people, 1)
	})
}

func TestInputThatCannotBeRightIsRefusedByField(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token, err := w.SetupToken(t.Context())
		require.NoError(t, err)
		good := workspace.Setup{Token: token, Name: "Ayu", Email: "ayu@example.com", Password: password, Workspace: workspace.Draft{Name: "Toko"}}
		for field, spoil := range map[string]func(*workspace.Setup){
			"name":               func(s *workspace.Setup) { s.Name = " " },
			"email":              func(s *workspace.Setup) { s.Email = "Ayu <ayu@example.com>" },
			"password":           func(s *workspace.Setup) { s.Password = "too short" },
			"language":           func(s *workspace.Setup) { s.Language = "xx" },
			"workspace.name":     func(s *workspace.Setup) { s.Workspace.Name = "a\nb" },
			"workspace.country":  func(s *workspace.Setup) { s.Workspace.Country = "XX" },
			"workspace.timezone": func(s *workspace.Setup) { s.Workspace.Timezone = "Local" },
			"public_url":         func(s *workspace.Setup) { s.PublicURL = "javascript:alert(1)" },
		} {
			in := good
			spoil(&in)
			_, err := w.Setup(t.Context(), in)
			var f *fault.Error
			require.ErrorAs(t, err, &f, field)
			require.Equal(t, fault.Invalid, f.Code, field)
			require.Equal(t, field, f.Field)
		}
		_, err = w.Setup(t.Context(), good)
		require.NoError(t, err, "nothing of the failed tries was kept")
	})
}

func TestAWorkspaceIsChangedInPartsAndSeenAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, ws := w.founded(t)
		_, err := w.Get(t.Context(), ws) // now in memory
		require.NoError(t, err)
		origins := []string{"https://Shop.example/", "https://shop.example", "http://localhost:3000"}
		name := "Toko Baru"
		changed, err := w.Update(t.Context(), ws, workspace.Patch{Name: &name, Origins: &origins})
		require.NoError(t, err)
		require.Equal(t, []string{"https://shop.example", "http://localhost:3000"}, changed.Origins)
		read, err := w.Get(t.Context(), ws)
		require.NoError(t, err)
		require.Equal(t, changed, read)

		for origin, listed := range map[string]bool{"https://shop.example": true, "https://evil.example": false, "null": false, "": false} {
			got, err := w.AnyOrigin(t.Context(), origin)
			require.NoError(t, err)
			require.Equal(t, listed, got, origin)
		}
		for _, bad := range []string{"*", "https://*.example", "https://shop.example/path", "ftp://shop.example", "https://a@shop.example", "shop.example"} {
			_, err := w.Update(t.Context(), ws, workspace.Patch{Origins: &[]string{bad}})
			refused(t, err, fault.Invalid, "origin_malformed")
		}
		_, err = w.Get(t.Context(), "01JD0000000000000000000000")
		refused(t, err, fault.NotFound, "")
	})
}

func TestAPublicURLInTheConfigurationWins(t *testing.T) {
	t.Parallel()
	s := workspace.New(workspace.Config{Store: store.Workspaces{DB: storetest.New(t)}, PublicURL: "https://fixed.example/", Hashing: cheap()})
	settings, err := s.Settings(t.Context())
	require.NoError(t, err)
	require.Equal(t, workspace.Settings{PublicURL: "https://fixed.example", Fixed: true}, settings)
	_, err = s.SetPublicURL(t.Context(), "https://other.example")
	refused(t, err, fault.Conflict, "setting_fixed")
}
