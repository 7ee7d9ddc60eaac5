package pusher

import (
	"bytes"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far an HTTP call's timestamp may be from this server's clock.
const maxSkew = 600 * time.Second

// httpError is a refused HTTP call: status and a sentence, sent as plain text.
type httpError struct {
	status int
	text   string
}

func (e *httpError) Error() string { return e.text }

func refused(status int, text string) error { return &httpError{status, text} }

// call is an HTTP call whose signature was right.
type call struct {
	app   *App
	body  []byte
	query url.Values
	r     *http.Request
}

func (s *Server) routes() {
	s.api("POST /apps/{app}/events", s.postEvents)
	s.api("POST /apps/{app}/batch_events", s.postBatch)
	s.api("GET /apps/{app}/channels", s.getChannels)
	s.api("GET /apps/{app}/channels/{channel}", s.getChannel)
	s.api("GET /apps/{app}/channels/{channel}/users", s.getUsers)
	s.api("POST /apps/{app}/users/{user}/terminate_connections", s.postTerminate)
}

// api serves a pattern with a function that returns what to send as JSON.
func (s *Server) api(pattern string, answer func(call) (any, error)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := s.answer(w, r, answer)
		if err != nil {
			var e *httpError
			if !errors.As(err, &e) {
				s.opt.Log.Warn("pusher: HTTP call", "error", err)
				e = &httpError{http.StatusServiceUnavailable, "try again"}
			}
			http.Error(w, e.text, e.status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // the caller has gone
	})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, answer func(call) (any, error)) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.opt.Limits.Body)))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, refused(http.StatusRequestEntityTooLarge, "the body is too large")
		}
		return nil, refused(http.StatusBadRequest, "the body could not be read")
	}
	app, err := s.opt.Apps.ByID(r.Context(), r.PathValue("app"))
	if errors.Is(err, ErrNoApp) {
		return nil, refused(http.StatusUnauthorized, "no app has this id and key")
	}
	if err != nil {
		return nil, err
	}
	query, err := s.authenticate(app, r, body)
	if err != nil {
		s.stats.authRefused.Add(1)
		return nil, err
	}
	s.stats.calls.Add(1)
	v, err := answer(call{app, body, query, r})
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// authenticate checks key, version, time, body and signature of a call.
func (s *Server) authenticate(app *App, r *http.Request, body []byte) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "the query cannot be parsed")
	}
	signed, err := stringToSign(query)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(query.Get("auth_timestamp"), 10, 64)
	if err != nil {
		return nil, refused(http.StatusUnauthorized, "auth_timestamp is missing or not a number")
	}
	skew := s.opt.Clock.Now().Sub(time.Unix(seconds, 0)).Abs()
	want := SignRequest(app.Secret, r.Method, r.URL.Path, signed)
	switch {
	case query.Get("auth_version") != "1.0":
		return nil, refused(http.StatusUnauthorized, "auth_version must be 1.0")
	case !same(query.Get("auth_key"), app.Key):
		return nil, refused(http.StatusUnauthorized, "no app has this id and key")
	case skew > maxSkew:
		return nil, refused(http.StatusUnauthorized, "auth_timestamp is more than 600 s away from this server's clock")
	case !bodyMatches(body, query):
		return nil, refused(http.StatusUnauthorized, "body_md5 does not match the body")
	case !same(query.Get("auth_signature"), want):
		return nil, refused(http.StatusUnauthorized, "auth_signature does not match")
	case app.Disabled:
		return nil, refused(http.StatusForbidden, "the app is disabled")
	}
	return query, nil
}

// stringToSign is all parameters but the signature: keys in lower case, sorted, not escaped.
func stringToSign(query url.Values) (string, error) {
	var pairs []string
	for k, v := range query {
		if len(v) != 1 {
			return "", refused(http.StatusBadRequest, "a parameter appears twice")
		}
		if k = strings.ToLower(k); k != "auth_signature" {
			pairs = append(pairs, k+"="+v[0])
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&"), nil
}

func bodyMatches(body []byte, query url.Values) bool {
	given := query.Get("body_md5")
	if len(body) == 0 && given == "" {
		return true
	}
	sum := md5.Sum(body)
	return same(given, hex.EncodeToString(sum[:]))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// decode reads the call's body into v; data after it is refused.
func (c call) decode(v any) error {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	if err := dec.Decode(v); err != nil {
		return refused(http.StatusBadRequest, "the body is not the JSON that was expected")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refused(http.StatusBadRequest, "there is something after the JSON")
	}
	return nil
}
