package workspace_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/workspace"
)

func TestTheAnswerToAWrongLoginIsTheSameWhateverWasWrong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.founded(t)
		_, wrongPassword := w.Login(t.Context(), "ayu@example.com", "wrong horse", home)
		_, noAccount := w.Login(t.Context(), "nobody@example.com", password, home)
		_, noAddress := w.Login(t.Context(), "'; DROP TABLE people; --", password, home)
		refused(t, wrongPassword, fault.Unauthorized, "login_wrong")
		require.Equal(t, wrongPassword, noAccount)
		require.Equal(t, wrongPassword, noAddress)
		_, err := w.Login(t.Context(), " AYU@example.com ", password, home)
		require.NoError(t, err)
	})
}

func TestTenWrongPasswordsLockTheAccountForAWhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.founded(t)
		for _, email := range []string{"ayu@example.com", "nobody@example.com"} { // a lock tells nothing either
			for range 10 {
				_, err := w.Login(t.Context(), email, "wrong horse", home)
				refused(t, err, fault.Unauthorized, "login_wrong")
				w.clock.turn(10 * time.Second)
			}
			_, err := w.Login(t.Context(), email, password, "198.51.100.9")
			refused(t, err, fault.Limited, "login_locked")
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Equal(t, 15*time.Minute-10*time.Second, f.RetryAfter)
		}
		w.clock.turn(15 * time.Minute)
		_, err := w.Login(t.Context(), "ayu@example.com", password, home)
		require.NoError(t, err, "the lock ends by itself")
	})
}

func TestManyGuessesAtOnceDoNotSlipPastTheLimit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.founded(t)
		answers := make(chan error, 40)
		for range cap(answers) {
			go func() {
				_, err := w.Login(t.Context(), "ayu@example.com", "wrong horse", home)
				answers <- err
			}()
		}
		tried := 0
		for range cap(answers) {
			if fault.CodeOf(<-answers) == fault.Unauthorized {
				tried++
			}
		}
		require.Equal(t, 10, tried)
	})
}

func TestOneAddressCannotTryManyAccounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.founded(t)
		var last error
		for i := range 51 {
			_, last = w.Login(t.Context(), string(rune('a'+i%26))+string(rune('a'+i/26))+"@example.com", "wrong horse", home)
		}
		refused(t, last, fault.Limited, "login_locked")
		_, err := w.Login(t.Context(), "ayu@example.com", password, "198.51.100.9")
		require.NoError(t, err, "others are not locked out by it")
	})
}

func TestASessionSlidesAndEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, _ := w.founded(t)
		for range 3 { // used every ten days it lives on
			w.clock.turn(10 * 24 * time.Hour)
			_, err := w.Authenticate(t.Context(), ayu.Token)
			require.NoError(t, err)
		}
		w.clock.turn(workspace.SessionLife + time.Second)
		_, err := w.Authenticate(t.Context(), ayu.Token)
		refused(t, err, fault.Unauthorized, "session_over")
	})
}

func TestEveryLoginHasItsOwnTokenAndLogoutEndsOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, _ := w.founded(t)
		second, err := w.Login(t.Context(), "ayu@example.com", password, home)
		require.NoError(t, err)
		require.NotEqual(t, first.Token, second.Token)
		require.NotEqual(t, workspace.CSRF(first.Token), workspace.CSRF(second.Token))
		_, err = w.Authenticate(t.Context(), first.Token)
		require.NoError(t, err)
		require.NoError(t, w.Logout(t.Context(), first.Token))
		_, err = w.Authenticate(t.Context(), first.Token)
		refused(t, err, fault.Unauthorized, "session_over")
		_, err = w.Authenticate(t.Context(), second.Token)
		require.NoError(t, err)
	})
}

func TestANewPasswordLogsOutEverywhereElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, _ := w.founded(t)
		other, err := w.Login(t.Context(), "ayu@example.com", password, home)
		require.NoError(t, err)
		_, err = w.ChangePassword(t.Context(), ayu.Session.Person.ID, "wrong horse", "another password", home)
		refused(t, err, fault.Invalid, "password_wrong")
		_, err = w.ChangePassword(t.Context(), ayu.Session.Person.ID, password, "ayu@example.com", home)
		refused(t, err, fault.Invalid, "password_weak")
		fresh, err := w.ChangePassword(t.Context(), ayu.Session.Person.ID, password, "another password", home)
		require.NoError(t, err)
		for _, token := range []string{ayu.Token, other.Token} {
			_, err = w.Authenticate(t.Context(), token)
			refused(t, err, fault.Unauthorized, "session_over")
		}
		_, err = w.Authenticate(t.Context(), fresh.Token)
		require.NoError(t, err)
		_, err = w.Login(t.Context(), "ayu@example.com", password, home)
		refused(t, err, fault.Unauthorized, "login_wrong")
	})
}

// A page makes many requests at once. None of them may cost a write, and a burst costs one read.
func TestAuthenticatingIsCheap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ayu, ws := w.founded(t)
		_, secret, err := w.CreateKey(t.Context(), ws, "", "shop", []workspace.Permission{workspace.SendMessages})
		require.NoError(t, err)
		_, err = w.AuthenticateKey(t.Context(), secret) // the first use is written down
		require.NoError(t, err)
		before := w.db.Stats()
		for range 200 {
			_, err := w.Authenticate(t.Context(), ayu.Token)
			require.NoError(t, err)
			_, err = w.AuthenticateKey(t.Context(), secret)
			require.NoError(t, err)
		}
		after := w.db.Stats()
		require.Equal(t, before.Commits, after.Commits)
		require.LessOrEqual(t, after.Statements-before.Statements, int64(2))
	})
}

func TestPasswordsAreArgon2idAndHashingIsBounded(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := workspace.New(workspace.Config{Store: store.Workspaces{DB: db}, Hashing: workspace.Hashing{AtOnce: 1}})
	_, err := s.CreatePerson(t.Context(), workspace.NewPerson{Name: "Ayu", Email: "ayu@example.com", Password: password})
	require.NoError(t, err)
	_, hash, err := store.Workspaces{DB: db}.PersonByEmail(t.Context(), "ayu@example.com")
	require.NoError(t, err)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, hash)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Login(ctx, "ayu@example.com", password, home)
	require.Error(t, err, "who has left is not hashed for")
}
