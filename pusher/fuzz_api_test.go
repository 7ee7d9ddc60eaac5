package pusher

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzSignedCall sends the HTTP API any body, path and query, signed as they should be. Nothing panics and nothing is the
// server's fault.
func FuzzSignedCall(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST /apps/1/events", "", `{"name":"a","channels":["b"],"data":"{}"}`}, {"POST /apps/1/events", "", `{"name":"a","channel":"private-encrypted-b","data":"{}","socket_id":"1.1","info":"user_count"}`},
		{"POST /apps/1/batch_events", "", `{"batch":[{"name":"a","channel":"b","data":"c"}]}`}, {"GET /apps/1/channels", "filter_by_prefix=presence-&info=user_count", ""},
		{"GET /apps/1/channels/presence-a/users", "", ""}, {"GET /apps/1/channels/a", "info=subscription_count,cache", ""}, {"POST /apps/1/users/%00/terminate_connections", "", ""},
	} {
		f.Add(seed[0], seed[1], []byte(seed[2]))
	}
	s, err := New(Options{Apps: &oneApp{ID: "1", Key: "k", Secret: "secret"}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line, query string, body []byte) {
		method, path, _ := strings.Cut(line, " ")
		u, err := url.ParseRequestURI(path)
		if err != nil || (method != http.MethodGet && method != http.MethodPost) {
			return
		}
		sum := md5.Sum(body)
		signed := "auth_key=k&auth_timestamp=" + strconv.FormatInt(time.Now().Unix(), 10) + "&auth_version=1.0&body_md5=" + hex.EncodeToString(sum[:])
		all, err := url.ParseQuery(signed + "&" + query)
		if err != nil {
			return
		}
		text, err := stringToSign(all)
		if err != nil {
			return
		}
		u.RawQuery = all.Encode() + "&auth_signature=" + SignRequest("secret", method, u.Path, text)
		w := httptest.NewRecorder()
		r := &http.Request{Method: method, URL: u, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), Host: "x", RemoteAddr: "127.0.0.1:1"}
		s.ServeHTTP(w, r.WithContext(t.Context()))
		if w.Code >= 500 {
			t.Errorf("%s %s: %d %s", line, u.RawQuery, w.Code, w.Body)
		}
	})
}

// FuzzNames reads any name of a channel, an event, a user and a socket.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"", "private-a", "presence-cache-a", "private-encrypted-a", "#server-to-user-1", "client-a", "pusher:a", "1.2", "é", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if k := kindOf(name); validChannel(name) && k.clientEvents() && !k.needsAuth() {
			t.Errorf("anybody may publish to %q", name)
		}
		_, _, _ = validEvent(name), validUserID(name), validSocketID(name)
		_ = sameAuth(name, "k:0")
	})
}
