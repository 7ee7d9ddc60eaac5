// Package reach finds out whether a web address leads to this installation. It asks the address for an answer that only
// this installation can give, and tells nobody what else was answered: a form that takes addresses must not become a way
// to look around from this machine.
package reach

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/internal/guard"
)

// Path is where Answer is mounted; a nonce follows it.
const Path = "/healthz/"

// Reason is why an address does not lead here, as far as can be seen from here.
type Reason string

// The reasons. Silent is everything between a connection that is refused and an answer that is none: telling these apart
// would make a port scanner.
const (
	Reached     Reason = ""
	NotPublic   Reason = "not_public"   // on this machine or in its networks: not tried
	NameUnknown Reason = "name_unknown" // the name does not resolve
	Silent      Reason = "silent"       // nothing answers
	Certificate Reason = "certificate"  // HTTPS with a certificate that is not valid for the name
	Redirect    Reason = "redirect"     // answers with another address
	Elsewhere   Reason = "elsewhere"    // answers, but is not this installation
)

const (
	patience   = 5 * time.Second
	nonceBytes = 16
	maxAnswer  = 4 << 10
)

// Prober asks and answers. Make one with New; it is safe for concurrent use.
type Prober struct {
	key    [32]byte
	client *http.Client
}

// New makes a Prober. key is the installation's and the same on all its nodes; besides are networks in which an address
// may be besides the public internet.
func New(key [32]byte, besides ...netip.Prefix) *Prober {
	dialer := net.Dialer{Timeout: patience, Control: guard.Public(besides...)}
	return &Prober{key: key, client: &http.Client{
		Timeout: patience,
		Transport: &http.Transport{ // and no proxy of the environment, which would dial in the guard's place
			DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type proof struct {
	Status string `json:"status"`
	Proof  string `json:"proof"`
}

// Answer proves to whoever asks that this is the installation: mount it at "GET " + Path + "{nonce}".
func (p *Prober) Answer(w http.ResponseWriter, r *http.Request) {
	nonce := r.PathValue("nonce")
	if raw, err := hex.DecodeString(nonce); err != nil || len(raw) != nonceBytes {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(proof{Status: "ok", Proof: p.sign(nonce)}) // the reader is gone if this fails
}

func (p *Prober) sign(nonce string) string {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// Check asks an origin ("https://chat.example.com", http or https and nothing after the host) and takes at most 5 s.
func (p *Prober) Check(ctx context.Context, origin string) Reason {
	var raw [nonceBytes]byte
	_, _ = rand.Read(raw[:]) // never fails
	nonce := hex.EncodeToString(raw[:])
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+Path+nonce, nil)
	if err != nil || !strings.HasPrefix(req.URL.Scheme, "http") || req.URL.User != nil || req.URL.Path != Path+nonce || req.URL.RawQuery != "" {
		return Silent // the caller has checked its form
	}
	req.Header.Set("User-Agent", "Sapa")
	resp, err := p.client.Do(req)
	if err != nil {
		return reasonOf(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return Redirect
	}
	var got proof
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil || json.Unmarshal(body, &got) != nil || !hmac.Equal([]byte(got.Proof), []byte(p.sign(nonce))) {
		return Elsewhere
	}
	return Reached
}

func reasonOf(err error) Reason {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, guard.ErrInside):
		return NotPublic
	case errors.As(err, &name) && name.IsNotFound:
		return NameUnknown
	case errors.As(err, &certificate):
		return Certificate
	}
	return Silent
}
