package drive

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// Client speaks the API as one person (a session with cookie) or one program (an API key).
type Client struct {
	URL       string
	Workspace string
	// Key, when set, is sent instead of the session.
	Key string
	// OnAnswer, if set before the first request, is told the status of every answer.
	OnAnswer func(status int)

	http *http.Client
	csrf string
}

// Problem is an error answer of the API.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	Body   string `json:"-"`
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s %s: %s", p.Status, p.Code, p.Reason, p.Detail)
}

// NewClient makes a client that is nobody yet.
func NewClient(base string) *Client {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Client{URL: base, http: &http.Client{Jar: jar, Transport: transport(nil)}}
}

// Trust makes the client believe certificates under roots. Call it before the first request.
func (c *Client) Trust(roots *x509.CertPool) { c.http.Transport = transport(roots) }

func transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 512, TLSClientConfig: &tls.Config{RootCAs: roots}}
}

// Close frees idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends in as JSON (nil: no body) and decodes the answer into out (nil: ignored). Answers of 400 and above are *Problem.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, header ...string) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return err
	}
	c.sign(req, in != nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if c.OnAnswer != nil {
		c.OnAnswer(resp.StatusCode)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		p := &Problem{Body: string(data)}
		_ = json.Unmarshal(data, p)
		p.Status = resp.StatusCode
		return p
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, out)
}

func (c *Client) sign(req *http.Request, body bool) {
	if body {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
		return
	}
	if c.Workspace != "" {
		req.Header.Set("Sapa-Workspace", c.Workspace)
	}
	if c.csrf != "" {
		req.Header.Set("Sapa-CSRF", c.csrf)
	}
}

// me is the answer to a login.
type me struct {
	CSRF        string `json:"csrf"`
	Memberships []struct {
		Workspace struct {
			ID string `json:"id"`
		} `json:"workspace"`
	} `json:"memberships"`
}

func (c *Client) become(m me) {
	c.csrf = m.CSRF
	if len(m.Memberships) > 0 {
		c.Workspace = m.Memberships[0].Workspace.ID
	}
}

// Login makes the client a person, in their first workspace.
func (c *Client) Login(ctx context.Context, email, password string) error {
	var m me
	if err := c.Do(ctx, http.MethodPost, "/v1/login", map[string]string{"email": email, "password": password}, &m); err != nil {
		return err
	}
	c.become(m)
	return nil
}

// Setup makes the first administrator and workspace with the link's token, and is logged in as them.
func (c *Client) Setup(ctx context.Context, token, email, password string) error {
	var m me
	err := c.Do(ctx, http.MethodPost, "/v1/setup", map[string]any{
		"token": token, "name": "Ayu Pertiwi", "email": email, "password": password, "language": "id",
		"workspace": map[string]string{"name": "Toko Melati", "country": "ID", "timezone": "Asia/Jakarta"},
	}, &m)
	if err != nil {
		return err
	}
	c.become(m)
	return nil
}

// NewKey makes an API key with the scopes and returns a client that uses it.
func (c *Client) NewKey(ctx context.Context, scopes ...string) (*Client, error) {
	var made struct {
		Key string `json:"key"`
	}
	err := c.Do(ctx, http.MethodPost, "/v1/api-keys", map[string]any{"name": "drive", "scopes": scopes}, &made)
	if err != nil {
		return nil, err
	}
	k := NewClient(c.URL)
	k.Key, k.Workspace = made.Key, c.Workspace
	return k, nil
}

// In is the same person in another workspace.
func (c *Client) In(workspace string) *Client {
	o := *c
	o.Workspace = workspace
	return &o
}

// Query makes a path with parameters from pairs of name and value.
func Query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}
