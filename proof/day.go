package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// day is a busy day of a business, on which everything comes up that is secret.
type day struct {
	w     *world
	vault *vault
	n     int
	// errors are the texts of refusals, answers those of requests that never show a secret again.
	errors, answers bytes.Buffer
}

// live lives the day.
func (d *day) live(ctx context.Context) error {
	for _, part := range []func(context.Context) error{d.people, d.keys, d.workspaces, d.numbers, d.talk, d.mistakes, d.look} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// secret makes a text that is nowhere else.
func (d *day) secret(what string) string {
	d.n++
	return d.vault.plant(fmt.Sprintf("%s %d", what, d.n), fmt.Sprintf("kenari~%s/%d+%x=", strings.ReplaceAll(what, " ", "-"), d.n, d.n*7919+1_000_003))
}

func lastWord(link string) string { return link[strings.LastIndexAny(link, "/=")+1:] }

// people invites, joins, changes and resets passwords, and logs in.
func (d *day) people(ctx context.Context) error {
	d.vault.plant("password of the owner", ownerPassword)
	setup, err := d.w.program.SetupToken()
	if err != nil {
		return err
	}
	d.vault.plant("setup link", setup)
	for i := range 15 {
		email := fmt.Sprintf("karyawan%d@example.com", i)
		var made struct{ Link string }
		if err := d.w.owner.Do(ctx, http.MethodPost, "/v1/invitations", map[string]string{"email": email, "role": "agent"}, &made); err != nil {
			return err
		}
		token := d.vault.plant(fmt.Sprint("invitation ", i), lastWord(made.Link))
		if i%5 == 4 {
			continue // not accepted
		}
		first, second := d.secret("password"), d.secret("new password")
		if err := d.session(ctx, "/v1/invitations/"+token+"/accept", map[string]string{"name": "Karyawan", "password": first}, nil); err != nil {
			return err
		}
		change := map[string]string{"current": first, "new": second}
		if err := d.session(ctx, "/v1/login", map[string]string{"email": email, "password": first}, change); err != nil {
			return err
		}
	}
	return d.resets(ctx)
}

// resets makes reset links, and uses some.
func (d *day) resets(ctx context.Context) error {
	var people struct {
		Items []struct{ ID, Email string }
	}
	if err := d.w.owner.Do(ctx, http.MethodGet, "/v1/people", nil, &people); err != nil {
		return err
	}
	for i, p := range people.Items {
		if !strings.HasPrefix(p.Email, "karyawan") {
			continue
		}
		var made struct{ Link string }
		if err := d.w.owner.Do(ctx, http.MethodPost, "/v1/people/"+p.ID+"/password-reset", nil, &made); err != nil {
			return err
		}
		token := d.vault.plant(fmt.Sprint("reset link ", i), lastWord(made.Link))
		if i%2 == 0 {
			if err := d.session(ctx, "/v1/password-reset/"+token, map[string]string{"password": d.secret("password after a reset")}, nil); err != nil {
				return err
			}
		}
		_ = d.w.owner.Do(ctx, http.MethodPost, "/v1/password-reset/request", map[string]string{"email": p.Email}, nil) // by mail, which fails
	}
	return nil
}

// session sends what may begin a session and notes its cookie and token. With change the password is changed in it.
func (d *day) session(ctx context.Context, path string, in any, change any) error {
	resp, err := d.post(ctx, path, in)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		return fmt.Errorf("%s: %s %s: %w", path, resp.Status, body, err)
	}
	var me struct{ CSRF string }
	_ = json.Unmarshal(body, &me) // a reset tells nothing
	for _, c := range resp.Cookies() {
		d.n++
		d.vault.plant(fmt.Sprint("session ", d.n), c.Value)
		if me.CSRF != "" {
			d.vault.plant(fmt.Sprint("token against forgery ", d.n), me.CSRF)
		}
		if change != nil {
			changed, err := d.post(ctx, "/v1/me/password", change, "Cookie", c.Name+"="+c.Value, "Sapa-CSRF", me.CSRF)
			if err != nil {
				return err
			}
			_ = changed.Body.Close()
		}
	}
	return nil
}

func (d *day) post(ctx context.Context, path string, in any, header ...string) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.w.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return http.DefaultClient.Do(req)
}

// keys makes API keys, uses them, and revokes some.
func (d *day) keys(ctx context.Context) error {
	for i := range 20 {
		var made struct{ ID, Key string }
		if err := d.w.owner.Do(ctx, http.MethodPost, "/v1/api-keys", map[string]any{"name": "Toko", "scopes": []string{"messages:read"}}, &made); err != nil {
			return err
		}
		d.vault.plant(fmt.Sprint("API key ", i), made.Key)
		program := drive.NewClient(d.w.url)
		program.Key = made.Key
		d.try(ctx, program, http.MethodGet, "/v1/conversations", nil)
		d.try(ctx, program, http.MethodGet, "/v1/people", nil) // it may not
		if i%4 == 0 {
			if err := d.w.owner.Do(ctx, http.MethodDelete, "/v1/api-keys/"+made.ID, nil, nil); err != nil {
				return err
			}
			d.try(ctx, program, http.MethodGet, "/v1/conversations", nil)
		}
		program.Close()
	}
	return nil
}

// workspaces makes workspaces, each with a realtime secret, and replaces it.
func (d *day) workspaces(ctx context.Context) error {
	for i := range 8 {
		var made struct{ ID string }
		if err := d.w.owner.Do(ctx, http.MethodPost, "/v1/workspaces", map[string]string{"name": fmt.Sprint("Cabang ", i), "country": "ID", "timezone": "Asia/Jakarta"}, &made); err != nil {
			return err
		}
		branch := d.w.owner.In(made.ID)
		for round, method := range []string{http.MethodGet, http.MethodPost} {
			var app struct{ Secret string }
			path := "/v1/realtime/app" + strings.Repeat("/rotate", round)
			if err := branch.Do(ctx, method, path, nil, &app); err != nil {
				return err
			}
			d.vault.plant(fmt.Sprintf("realtime secret %d of workspace %d", round, i), app.Secret)
		}
	}
	return nil
}

// numbers gives numbers proxies with passwords that lead nowhere, and starts pairings by QR code and by letters.
func (d *day) numbers(ctx context.Context) error {
	for i := range 12 {
		n, err := d.w.owner.AddNumber(ctx, fmt.Sprint("Cabang ", i))
		if err != nil {
			return err
		}
		if i < 6 {
			password := d.n + 1
			secret := fmt.Sprintf("kenariproxy%dx%x", password, password*104729+7)
			d.n++
			d.vault.plant(fmt.Sprint("password of a proxy ", i), secret)
			scheme := []string{"socks5", "http", "https"}[i%3]
			if err := d.w.owner.Do(ctx, http.MethodPatch, "/v1/numbers/"+n.ID, map[string]string{"proxy": scheme + "://toko:" + secret + "@127.0.0.1:1"}, nil); err != nil {
				return err
			}
		}
		if i%2 == 0 {
			if err := d.qr(ctx, n.ID, i); err != nil {
				return err
			}
			continue
		}
		if err := d.code(ctx, n.ID, i); err != nil {
			return err
		}
	}
	return nil
}

func (d *day) qr(ctx context.Context, number string, i int) error {
	text, err := d.w.owner.QR(ctx, number)
	if err != nil {
		return err
	}
	parts := strings.Split(text[strings.IndexByte(text, '#')+1:], ",")
	if len(parts) < 4 {
		return fmt.Errorf("the QR code has %d parts", len(parts))
	}
	secret, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return err
	}
	d.vault.plant(fmt.Sprint("QR code ", i), text)
	d.vault.plant(fmt.Sprint("reference of the QR code ", i), parts[0])
	d.vault.plant(fmt.Sprint("secret of the QR code ", i), string(secret))
	return nil
}

func (d *day) code(ctx context.Context, number string, i int) error {
	phone := d.w.net.Account(fmt.Sprintf("62813%07d", i)).Phone()
	if err := d.w.owner.Do(ctx, http.MethodPost, "/v1/numbers/"+number+"/pair", map[string]string{"method": "code", "phone": "+" + phone}, nil); err != nil {
		return err
	}
	var p drive.Pairing
	err := drive.Every(ctx, 50*time.Millisecond, func() (bool, error) {
		err := d.w.owner.Do(ctx, http.MethodGet, "/v1/numbers/"+number+"/pairing", nil, &p)
		return p.Code != "", err
	})
	d.vault.plant(fmt.Sprint("pairing code ", i), p.Code)
	d.vault.plant(fmt.Sprint("pairing code without a dash ", i), strings.ReplaceAll(p.Code, "-", ""))
	return err
}

// talk lets people write and be answered.
func (d *day) talk(ctx context.Context) error {
	for _, l := range d.w.lanes {
		for i := range 10 {
			in, out := fmt.Sprintf("kenari masuk %s %d: nomor kartu saya 4111?", l.Contact.Phone(), i), fmt.Sprintf("kenari keluar %s %d: <jangan> & \"kirim\"", l.Contact.Phone(), i)
			d.vault.stored = append(d.vault.stored, in, out)
			if _, err := l.Contact.Write(ctx, l.Account, in); err != nil {
				return err
			}
			if _, err := d.w.key.Send(ctx, l.Number, "+"+l.Contact.Phone(), out); err != nil {
				return err
			}
			if _, err := l.Contact.WaitFor(ctx, sim.Text(out)); err != nil {
				return err
			}
		}
	}
	return nil
}
