package api

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzBody lets nothing through the door that no database can hold.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\u0000"`, `"\\u0000"`, `"\\\u0000"`, "\"\xff\"", `"\ud800"`, `{"\u0000":1}`, `"\u000`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if checkBody(body) != nil || json.Unmarshal(body, &v) != nil {
			return
		}
		walk(v, func(s string) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("%q came through as %q", body, s)
			}
		})
	})
}

func walk(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, e := range v {
			walk(e, visit)
		}
	case map[string]any:
		for k, e := range v {
			visit(k)
			walk(e, visit)
		}
	}
}

// FuzzHeaders reads any authorization, idempotency key and origin.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"", "Bearer sapa_x", "bearer", "Basic YTpi", "null", "https://a.example", "\x00", strings.Repeat("k", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		r := httptest.NewRequest("GET", "/", nil)
		for _, name := range []string{"Authorization", "Origin", "Content-Type", "X-Forwarded-Proto"} {
			r.Header[name] = []string{text}
		}
		r.RemoteAddr = text
		_, _ = bearer(r)
		_ = checkKey(text)
		_ = address(r)
		share(httptest.NewRecorder(), r, []string{"https://a.example"})
	})
}

// FuzzForm reads any form and JSON of the auth endpoints, which Pusher's clients call.
func FuzzForm(f *testing.F) {
	f.Add("application/json", []byte(`{"socket_id":"1.1","channel_name":"a"}`))
	f.Add("application/x-www-form-urlencoded", []byte("socket_id=1.1&channel_name=%ff;a"))
	f.Fuzz(func(_ *testing.T, media string, body []byte) {
		_, _ = (&rawInput{ContentType: media, RawBody: body}).fields("socket_id", "channel_name")
	})
}
