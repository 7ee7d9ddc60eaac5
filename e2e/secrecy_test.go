package e2e_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// secrets are canaries by what they are: texts, tokens and keys that went through the program in a whole day's work.
type secrets map[string]string

// The most talkative log holds no message text, no secret and no whole phone number.
func TestTheLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	p := open(t, "--log.level=debug")
	planted := p.day(t)
	require.NoError(t, p.server.Stop(patient(t)))
	log, err := p.server.Log()
	require.NoError(t, err)
	require.Contains(t, log, "level=DEBUG", "the test reads the most talkative log")
	planted["phone of the number"], planted["phone of the contact"] = "6281100000071", "6285700000071"
	planted["phone without WhatsApp"], planted["text in"], planted["text out"] = nobody, "kenari-masuk", "kenari-keluar"
	planted["e-mail"] = "ayu@example.com"
	for what, secret := range planted {
		if strings.Contains(log, secret) {
			t.Errorf("%s %q is in the log: %s", what, secret, lineWith(log, secret))
		}
	}
}

// Who steals the database, its write-ahead log or a copy from it gets no secret.
func TestTheDatabaseFilesKeepSecrets(t *testing.T) {
	t.Parallel()
	p := open(t)
	planted := p.day(t)
	search := func(when string) {
		files, err := filepath.Glob(filepath.Join(p.server.Data(), "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		var all strings.Builder
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			all.Write(data)
		}
		require.Contains(t, all.String(), "kenari-masuk", "the search works: texts are not sealed")
		for what, secret := range planted {
			require.False(t, strings.Contains(all.String(), secret), "%s: %s is readable in the database", when, what)
		}
	}
	search("running, with its WAL")
	require.NoError(t, p.server.Stop(patient(t)))
	search("stopped")
}

// day does what a business does on its first day, and returns every secret that came up.
func (p *place) day(t *testing.T) secrets {
	t.Helper()
	ctx := patient(t)
	found := secrets{"password": password, "proxy password": "kenari-proxy"}
	setup, err := p.server.SetupToken()
	require.NoError(t, err)
	found["setup token"] = setup

	p.pairByQR(t, found)
	account, contact := p.net.Account("6281100000071"), p.net.Contact("6285700000071")
	_, err = contact.Write(ctx, account, "kenari-masuk: ada yang baru?")
	require.NoError(t, err)
	c := p.conversation(t, 1)
	_, err = p.owner.Reply(ctx, c.ID, "kenari-keluar: ada!")
	require.NoError(t, err)
	_, err = contact.WaitFor(ctx, sim.Text("kenari-keluar: ada!"))
	require.NoError(t, err)
	failed, err := p.owner.Send(ctx, c.Number, "+"+nobody, "kenari-keluar: gagal")
	require.NoError(t, err)
	p.waitStatus(t, failed.ID, "failed")
	require.Error(t, p.owner.Do(ctx, "POST", "/v1/messages", map[string]string{"to": "kenari-keluar", "text": "kenari-masuk"}, nil))

	p.collect(t, found)
	return found
}

// pairByQR pairs a number behind a proxy that is then taken away, and keeps the secret in the code: it authenticates the phone's answer.
func (p *place) pairByQR(t *testing.T, found secrets) {
	t.Helper()
	ctx := patient(t)
	n, err := p.owner.AddNumber(ctx, "Toko")
	require.NoError(t, err)
	text, err := p.owner.QR(ctx, n.ID)
	require.NoError(t, err)
	parts := strings.Split(text, ",")
	adv, err := base64.StdEncoding.DecodeString(parts[3])
	require.NoError(t, err)
	found["QR"], found["secret of the QR"], found["its raw bytes"] = text, parts[3], string(adv)
	require.NoError(t, p.net.Account("6281100000071").Scan(ctx, text))
	require.NoError(t, p.owner.WaitState(ctx, n.ID, "connected"))

	proxied, err := p.owner.AddNumber(ctx, "Lewat proxy")
	require.NoError(t, err)
	require.NoError(t, p.owner.Do(ctx, "PATCH", "/v1/numbers/"+proxied.ID, map[string]string{"proxy": "socks5://toko:kenari-proxy@127.0.0.1:1"}, nil))
	require.NoError(t, p.owner.Do(ctx, "POST", "/v1/numbers/"+proxied.ID+"/pair", map[string]string{"method": "qr"}, nil))
}

// collect asks for everything that is shown once.
func (p *place) collect(t *testing.T, found secrets) {
	t.Helper()
	ctx := patient(t)
	key, err := p.owner.NewKey(ctx, "messages:read")
	require.NoError(t, err)
	t.Cleanup(key.Close)
	found["API key"] = key.Key
	_, err = key.Conversations(ctx)
	require.NoError(t, err)
	var app struct {
		Secret string `json:"secret"`
	}
	require.NoError(t, p.owner.Do(ctx, "GET", "/v1/realtime/app", nil, &app))
	found["realtime secret"] = app.Secret
	var invitation struct {
		Link string `json:"link"`
	}
	require.NoError(t, p.owner.Do(ctx, "POST", "/v1/invitations", map[string]string{"email": "budi@example.com", "role": "agent"}, &invitation))
	found["invitation"] = invitation.Link[strings.LastIndex(invitation.Link, "/")+1:]
	resp := post(t, http.DefaultClient, p.server.URL+"/v1/login", fmt.Sprintf(`{"email":"ayu@example.com","password":%q}`, password))
	found["session"] = resp.Cookies()[0].Value
	wrong := refusal(t, drive.NewClient(p.server.URL).Login(ctx, "ayu@example.com", "kenari-salah"))
	require.Equal(t, http.StatusUnauthorized, wrong.Status)
	found["wrong password"] = "kenari-salah"
	for what, secret := range found {
		require.Greater(t, len(secret), 8, what)
	}
}

func lineWith(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}
