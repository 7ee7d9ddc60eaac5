package workspace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/workspace"
)

func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		inv, err := w.Invite(t.Context(), ws, member(ayu, workspace.Owner), "Budi@Example.com", workspace.Agent)
		require.NoError(t, err)
		require.True(t, inv.Mailed)
		letter := <-w.post.letters
		require.Equal(t, "budi@example.com", letter.To)
		require.Contains(t, letter.Text, inv.Link)
		require.True(t, strings.HasPrefix(inv.Link, "https://chat.example.com/invitation/"), inv.Link)

		offer, err := w.Invitation(t.Context(), tokenOf(inv.Link))
		require.NoError(t, err)
		require.False(t, offer.ExistingPerson)
		require.Equal(t, "Toko Ayu", offer.WorkspaceName)
		budi, err := w.Accept(t.Context(), tokenOf(inv.Link), "Budi", password, home)
		require.NoError(t, err)
		role, ok := budi.Session.Role(ws)
		require.True(t, ok)
		require.Equal(t, workspace.Agent, role)
		require.False(t, budi.Session.Person.Administrator)
		_, err = w.Accept(t.Context(), tokenOf(inv.Link), "Eve", password, home)
		refused(t, err, fault.NotFound, "invitation_over")
		_, err = w.Invite(t.Context(), ws, member(ayu, workspace.Owner), "budi@example.com", workspace.Admin)
		refused(t, err, fault.Conflict, "member_already")
	})
}

func TestAnInvitationEndsWithTimeRevocationAndReplacement(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		by := member(ayu, workspace.Owner)
		first, err := w.Invite(t.Context(), ws, by, "broken@example.com", workspace.Agent)
		require.NoError(t, err)
		require.False(t, first.Mailed, "a mailbox that refuses is no reason not to invite")
		second, err := w.Invite(t.Context(), ws, by, "broken@example.com", workspace.Admin)
		require.NoError(t, err)
		_, err = w.Invitation(t.Context(), tokenOf(first.Link))
		refused(t, err, fault.NotFound, "invitation_over")
		open, err := w.Invitations(t.Context(), ws)
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Empty(t, open[0].Link, "a link is shown once")

		w.clock.turn(7*24*time.Hour + time.Second)
		_, err = w.Invitation(t.Context(), tokenOf(second.Link))
		refused(t, err, fault.NotFound, "invitation_over")
		third, err := w.Invite(t.Context(), ws, by, "broken@example.com", workspace.Admin)
		require.NoError(t, err)
		refused(t, w.Revoke(t.Context(), "01JD0000000000000000000000", third.ID), fault.NotFound, "")
		require.NoError(t, w.Revoke(t.Context(), ws, third.ID))
		_, err = w.Invitation(t.Context(), tokenOf(third.Link))
		refused(t, err, fault.NotFound, "invitation_over")
	})
}

// Who invites an address learns its link. That link must not open an account that exists already.
func TestAnInvitationOpensAnExistingLoginOnlyWithItsPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		_, err := w.CreatePerson(t.Context(), workspace.NewPerson{Name: "Citra", Email: "citra@example.com", Password: "citra's own password"})
		require.NoError(t, err)
		inv, err := w.Invite(t.Context(), ws, member(ayu, workspace.Owner), "citra@example.com", workspace.Agent)
		require.NoError(t, err)
		_, err = w.Accept(t.Context(), tokenOf(inv.Link), "Eve", password, home)
		refused(t, err, fault.Unauthorized, "login_wrong")
		citra, err := w.Accept(t.Context(), tokenOf(inv.Link), "", "citra's own password", home)
		require.NoError(t, err)
		require.Equal(t, "Citra", citra.Session.Person.Name)
	})
}

func TestRolesChangeOnlyAsTheTableSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		budi := w.joins(t, ws, "budi@example.com", workspace.Agent)
		owner, other := ayu.Session.Person.ID, budi.Session.Person.ID

		_, err := w.SetRole(t.Context(), ws, workspace.Owner, owner, workspace.Admin)
		refused(t, err, fault.Conflict, "last_owner")
		refused(t, w.Remove(t.Context(), ws, workspace.Owner, owner), fault.Conflict, "last_owner")
		_, err = w.SetRole(t.Context(), ws, workspace.Admin, other, workspace.Owner)
		refused(t, err, fault.Forbidden, "owner_required")
		refused(t, w.Remove(t.Context(), ws, workspace.Admin, owner), fault.Forbidden, "owner_required")
		_, err = w.Invite(t.Context(), ws, member(budi, workspace.Admin), "x@example.com", workspace.Owner)
		refused(t, err, fault.Forbidden, "owner_required")

		m, err := w.SetRole(t.Context(), ws, workspace.Admin, other, workspace.Admin)
		require.NoError(t, err)
		require.Equal(t, workspace.Admin, m.Role)
		_, err = w.SetRole(t.Context(), ws, workspace.Owner, other, workspace.Owner)
		require.NoError(t, err)
		require.NoError(t, w.Remove(t.Context(), ws, workspace.Owner, owner), "with a second owner the first may go")
		session, err := w.Authenticate(t.Context(), ayu.Token)
		require.NoError(t, err, "the login stays")
		_, ok := session.Role(ws)
		require.False(t, ok, "and opens the workspace no longer")
		_, err = w.SetRole(t.Context(), ws, workspace.Owner, owner, workspace.Agent)
		refused(t, err, fault.NotFound, "")
	})
}

func TestTwoOwnersCannotBothLeave(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		budi := w.joins(t, ws, "budi@example.com", workspace.Agent)
		_, err := w.SetRole(t.Context(), ws, workspace.Owner, budi.Session.Person.ID, workspace.Owner)
		require.NoError(t, err)
		left := make(chan error, 2)
		for _, who := range []string{ayu.Session.Person.ID, budi.Session.Person.ID} {
			go func() { left <- w.Remove(t.Context(), ws, workspace.Owner, who) }()
		}
		first, second := <-left, <-left
		require.True(t, (first == nil) != (second == nil), "%v, %v", first, second)
		members, err := w.Members(t.Context(), ws)
		require.NoError(t, err)
		require.Len(t, members, 1)
	})
}

func TestAResetLinkWorksOnceAndLogsOutEverywhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, ws := w.founded(t)
		budi := w.joins(t, ws, "budi@example.com", workspace.Agent)
		link, err := w.ResetLink(t.Context(), ws, workspace.Admin, budi.Session.Person.ID)
		require.NoError(t, err)
		other, err := w.ResetLinkFor(t.Context(), "budi@example.com")
		require.NoError(t, err)
		email, err := w.ResetEmail(t.Context(), tokenOf(link.URL))
		require.NoError(t, err)
		require.Equal(t, "budi@example.com", email)
		refused(t, w.Reset(t.Context(), tokenOf(link.URL), "short"), fault.Invalid, "password_short")
		require.NoError(t, w.Reset(t.Context(), tokenOf(link.URL), "a new password"))
		_, err = w.Authenticate(t.Context(), budi.Token)
		refused(t, err, fault.Unauthorized, "session_over")
		_, err = w.Login(t.Context(), "budi@example.com", "a new password", home)
		require.NoError(t, err)
		for _, used := range []string{link.URL, other.URL} {
			refused(t, w.Reset(t.Context(), tokenOf(used), "yet another password"), fault.NotFound, "reset_over")
		}
	})
}

// A login is global: an admin who could reset it would walk into every other workspace of that person.
func TestAWorkspaceResetsOnlyLoginsThatOpenNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		budi := w.joins(t, ws, "budi@example.com", workspace.Agent)
		_, err := w.ResetLink(t.Context(), ws, workspace.Owner, ayu.Session.Person.ID)
		refused(t, err, fault.Forbidden, "reset_not_yours") // an administrator of the installation
		_, err = w.ResetLink(t.Context(), ws, workspace.Agent, budi.Session.Person.ID)
		require.NoError(t, err)
		_, err = w.SetRole(t.Context(), ws, workspace.Owner, budi.Session.Person.ID, workspace.Owner)
		require.NoError(t, err)
		_, err = w.ResetLink(t.Context(), ws, workspace.Admin, budi.Session.Person.ID)
		refused(t, err, fault.Forbidden, "reset_not_yours") // somebody more powerful
		_, err = w.Create(t.Context(), workspace.Draft{Name: "Elsewhere"}, budi.Session.Person.ID)
		require.NoError(t, err)
		_, err = w.ResetLink(t.Context(), ws, workspace.Owner, budi.Session.Person.ID)
		refused(t, err, fault.Forbidden, "reset_not_yours") // somebody with another workspace
	})
}

// A link that was made while it was allowed must not open what came later.
func TestAResetLinkEndsWhenTheLoginOpensMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, ws := w.founded(t)
		for name, more := range map[string]func(person workspace.Person) error{
			"another workspace": func(p workspace.Person) error {
				_, err := w.Create(t.Context(), workspace.Draft{Name: "Elsewhere"}, p.ID)
				return err
			},
			"the installation": func(p workspace.Person) error {
				_, err := w.SetAdministrator(t.Context(), p.Email, true)
				return err
			},
		} {
			budi := w.joins(t, ws, id.New()+"@example.com", workspace.Agent).Session.Person
			link, err := w.ResetLink(t.Context(), ws, workspace.Admin, budi.ID)
			require.NoError(t, err)
			require.NoError(t, more(budi), name)
			refused(t, w.Reset(t.Context(), tokenOf(link.URL), "a stolen password"), fault.NotFound, "reset_over")
		}
	})
}

func TestAskingForAResetTellsNothingAndIsLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.founded(t)
		ctx, stop := contextOf(t)
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		require.NoError(t, w.RequestReset(t.Context(), "nobody@example.com", home))
		require.NoError(t, w.RequestReset(t.Context(), "ayu@example.com", home))
		letter := <-w.post.letters
		require.Equal(t, "ayu@example.com", letter.To, "the first one had no account and got no mail")
		require.Contains(t, letter.Text, "https://chat.example.com/password-reset/")
		for range 4 {
			require.NoError(t, w.RequestReset(t.Context(), "ayu@example.com", home))
		}
		refused(t, w.RequestReset(t.Context(), "ayu@example.com", home), fault.Limited, "reset_limited")
		stop()
		require.NoError(t, <-done)
	})
}

func TestAnAPIKeyIsShownOnceAndRevokedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		k, secret, err := w.CreateKey(t.Context(), ws, ayu.Session.Person.ID, "Shop", []workspace.Permission{workspace.SendMessages, workspace.SendMessages})
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(secret, "sapa_"))
		require.True(t, strings.HasPrefix(secret, k.Prefix))
		require.Less(t, len(k.Prefix), len(secret)-30)

		used, err := w.AuthenticateKey(t.Context(), secret)
		require.NoError(t, err)
		require.Equal(t, ws, used.Workspace)
		require.True(t, used.May(workspace.SendMessages))
		require.False(t, used.May(workspace.ReadMessages))
		keys, err := w.Keys(t.Context(), ws)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Equal(t, w.clock.Now(), keys[0].LastUsed)

		refused(t, w.RevokeKey(t.Context(), "01JD0000000000000000000000", k.ID), fault.NotFound, "")
		require.NoError(t, w.RevokeKey(t.Context(), ws, k.ID))
		_, err = w.AuthenticateKey(t.Context(), secret)
		refused(t, err, fault.Unauthorized, "key_unknown")
	})
}

func TestAnAPIKeyCannotHoldWhatIsForPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, ws := w.founded(t)
		for _, scope := range []workspace.Permission{workspace.ManageKeys, workspace.WritePeople, "everything", ""} {
			_, _, err := w.CreateKey(t.Context(), ws, "", "x", []workspace.Permission{scope})
			refused(t, err, fault.Invalid, "scope_unknown")
		}
		_, _, err := w.CreateKey(t.Context(), ws, "", "x", nil)
		refused(t, err, fault.Invalid, "scopes_missing")
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, ws := w.founded(t)
		_, err := w.SetAdministrator(t.Context(), "ayu@example.com", false)
		refused(t, err, fault.Conflict, "last_administrator")
		w.joins(t, ws, "budi@example.com", workspace.Agent)
		p, err := w.SetAdministrator(t.Context(), " Budi@example.com", true)
		require.NoError(t, err)
		require.True(t, p.Administrator)
		p, err = w.SetAdministrator(t.Context(), "ayu@example.com", false)
		require.NoError(t, err)
		require.False(t, p.Administrator)
		_, err = w.SetAdministrator(t.Context(), "nobody@example.com", true)
		refused(t, err, fault.NotFound, "")
	})
}

func member(l workspace.Login, role workspace.Role) workspace.Member {
	p := l.Session.Person
	return workspace.Member{ID: p.ID, Name: p.Name, Email: p.Email, Role: role}
}
