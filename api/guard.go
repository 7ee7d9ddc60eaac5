package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
)

type requestKey struct{}

// requestID is the id of the request that ctx belongs to, or "".
func requestID(ctx context.Context) string {
	rid, _ := ctx.Value(requestKey{}).(string)
	return rid
}

// identified gives every request an id, for the answer and for the log.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rid := id.New()
		w.Header().Set("X-Request-Id", rid)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, rid)))
	})
}

// recovered turns a panic into an answer and a line in the log.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.cfg.Log.ErrorContext(r.Context(), "a request panicked", "request", requestID(r.Context()),
				"route", r.Pattern, "panic", cause, "stack", string(debug.Stack()))
			writeProblem(w, s.problem(context.WithoutCancel(r.Context()), errPanicked))
		}()
		next.ServeHTTP(w, r)
	})
}

var errPanicked = errors.New("a handler panicked")

// secured sets what every answer carries. Nothing of the API may be framed, sniffed, cached or leak its address.
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if encrypted(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// encrypted reports whether the person's browser spoke TLS. The edge of the program keeps the header true.
func encrypted(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// address is who asks, for counting wrong passwords.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String() // a household has a whole /64 to rotate through
	}
	return host
}

// DefaultBody and MessageBody bound request bodies, in bytes. A text of 64 kB may take six times that in escaped JSON.
const (
	DefaultBody = 64 << 10
	MessageBody = 512 << 10
)

// bodyTime is how long a body may take to arrive: half a megabyte over a bad mobile line, and no more.
const bodyTime = 20 * time.Second

// swallow reads the body whole, so that it can be hashed and so that a broken one is the sender's fault. Who sends
// it drop by drop is cut off; the handler then has all the time it needs.
func swallow(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(bodyTime)) // a recorder in a test has none
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.Header().Set("Connection", "close")
		return nil, newProblem(http.StatusRequestTimeout, "invalid", "body_too_slow", "the body took too long to arrive")
	}
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, "invalid", "body_unreadable", "the body ended before it was complete")
	}
	if int64(len(body)) > limit {
		return nil, fault.Errorf(fault.TooLarge, "the body may have up to %d bytes", limit).Because("body_too_large")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// checkAddress refuses what no database can hold as text: PostgreSQL would fail, SQLite would stop reading.
func checkAddress(r *http.Request) error {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !isText(query) || !isText(r.URL.Path) {
		return fault.Errorf(fault.Invalid, "the address holds bytes that are not text").Because("address_encoding")
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkBody refuses the same in JSON: bytes that are not UTF-8, and an escaped NUL.
func checkBody(body []byte) error {
	if !utf8.Valid(body) || escapesNUL(body) {
		return fault.Errorf(fault.Invalid, "the body holds bytes or characters that are not text").Because("body_encoding")
	}
	return nil
}

// escapesNUL finds \u0000 that is an escape, and not what stands after an escaped backslash.
func escapesNUL(body []byte) bool {
	for i := 0; i+5 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if string(body[i+1:i+6]) == "u0000" {
			return true
		}
		i++ // whatever is escaped
	}
	return false
}

// bearer is the token of an Authorization header; ok is false without one.
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", r.Header.Get("Authorization") != ""
	}
	return strings.TrimSpace(token), true
}
