package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// try sends a request and keeps what was said, the refusals apart.
func (d *day) try(ctx context.Context, c *drive.Client, method, path string, in any, header ...string) {
	var out rawAnswer
	err := c.Do(ctx, method, path, in, &out, header...)
	var problem *drive.Problem
	if errors.As(err, &problem) {
		d.errors.WriteString(problem.Body + "\n")
		return
	}
	d.answers.Write(append(out, '\n'))
}

// rawAnswer keeps an answer as it came.
type rawAnswer []byte

// UnmarshalJSON implements json.Unmarshaler.
func (r *rawAnswer) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// mistakes are requests with secrets in them that are refused.
func (d *day) mistakes(ctx context.Context) error {
	nobody := drive.NewClient(d.w.url)
	defer nobody.Close()
	number := "/v1/numbers/" + d.w.lanes[0].Number
	for _, m := range []struct {
		who          *drive.Client
		method, path string
		body         func(secret string) any
	}{
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": "ayu@example.com", "password": s} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": s, "password": s} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": "a@example.com", "passwort": s} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": "a@example.com", "password": field{"text": s}} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": "a@example.com", "password": []string{s}} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return field{"email": "a@example.com", "password": s + strings.Repeat("x", 1100)} }},
		{nobody, http.MethodPost, "/v1/login", func(s string) any { return s }},
		{nobody, http.MethodPost, "/v1/setup", func(s string) any {
			return field{"token": s, "name": "x", "email": "x@example.com", "password": s, "workspace": field{"name": "x"}}
		}},
		{nobody, http.MethodPost, "/v1/invitations/unknown/accept", func(s string) any { return field{"name": "x", "password": s} }},
		{nobody, http.MethodPost, "/v1/password-reset/unknown", func(s string) any { return field{"password": s} }},
		{d.w.owner, http.MethodPost, "/v1/me/password", func(s string) any { return field{"current": s, "new": s} }},
		{d.w.owner, http.MethodPost, "/v1/me/password", func(s string) any { return field{"current": ownerPassword, "new": s[:9], "again": s} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": "ftp://toko:" + s + "@127.0.0.1:1"} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": "socks5://toko:" + s + "@"} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": "socks5://toko:" + s + "@127.0.0.1:port"} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": "socks5://toko:" + s + "%zz@127.0.0.1:1"} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": s} }},
		{d.w.owner, http.MethodPatch, number, func(s string) any { return field{"proxy": field{"password": s}} }},
	} {
		d.try(ctx, m.who, m.method, m.path, m.body(d.secret("in a mistake")))
	}
	for _, header := range []string{"Authorization", "Cookie", "Sapa-CSRF", "Idempotency-Key", "Sapa-Workspace"} {
		secret := d.secret("in a header")
		value := map[string]string{"Authorization": "Bearer sapa_" + secret, "Cookie": "sapa_session=" + secret}[header]
		if value == "" {
			value = secret
		}
		d.try(ctx, nobody, http.MethodPost, "/v1/messages", field{"to": "+62", "text": "x"}, header, value)
	}
	for _, path := range []string{"/v1/invitations/%s", "/v1/password-reset/%s", "/v1/numbers?key=%s"} {
		d.n++
		d.try(ctx, nobody, http.MethodGet, fmt.Sprintf(path, d.vault.plant(fmt.Sprint("in an address ", d.n), fmt.Sprintf("kenarialamat%d_%x", d.n, d.n*7907+31))), nil)
	}
	return ctx.Err()
}

type field = map[string]any

// look reads everything that shows no secret a second time.
func (d *day) look(ctx context.Context) error {
	for _, path := range []string{"/v1/numbers", "/v1/api-keys", "/v1/people", "/v1/invitations", "/v1/workspace", "/v1/settings", "/v1/events?limit=200", "/v1/events?order=desc&limit=200",
		"/v1/conversations", "/v1/contacts", "/v1/overview", "/v1/realtime", "/v1/numbers/" + d.w.lanes[0].Number} {
		d.try(ctx, d.w.owner, http.MethodGet, path, nil)
	}
	return nil
}
