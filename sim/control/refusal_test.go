package control_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim/control"
)

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	c := serve(t)
	call[control.Account](t, c, "POST", "/accounts", `{"phone":"6281200000009"}`)
	const known = "/accounts/6281200000009"
	cases := map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no such route":         {"GET", "/teapot", "", 404, "GET /control/v1"},
		"no such account":       {"GET", "/accounts/6289999999", "", 404, "POST /control/v1/accounts"},
		"not a phone number":    {"POST", "/accounts", `{"phone":"rumah"}`, 400, "country code"},
		"a misspelled field":    {"POST", "/accounts", `{"phnoe":"6281"}`, 400, "phnoe"},
		"not JSON":              {"POST", "/accounts", `{`, 400, "JSON"},
		"nothing to scan":       {"POST", "/scan", `{}`, 400, "png_base64"},
		"not a pairing QR":      {"POST", "/scan", `{"qr":"https://example.com","phone":"6281200000009"}`, 422, ""},
		"a picture of nothing":  {"POST", "/scan", `{"png_base64":"aGFsbw=="}`, 400, "PNG"},
		"not base64":            {"POST", "/scan", `{"png_base64":"%"}`, 400, "base64"},
		"no code":               {"POST", known + "/code", `{}`, 400, "ABCD-EFGH"},
		"a wrong code":          {"POST", known + "/code", `{"code":"ABCD-EFGH"}`, 422, "pairing code for exactly this phone number"},
		"no such device":        {"DELETE", known + "/companions/7", "", 422, "lists the companions"},
		"not a device":          {"DELETE", known + "/companions/first", "", 400, "device number"},
		"an empty name":         {"PATCH", known, `{"name":" "}`, 400, "name"},
		"an empty text":         {"POST", "/contacts/" + ani + "/messages", `{"to":"6281200000009"}`, 400, "halo"},
		"to nobody":             {"POST", "/contacts/" + ani + "/messages", `{"to":"628555555555","text":"x"}`, 404, "no account"},
		"a quote of nothing":    {"POST", "/contacts/" + ani + "/messages", `{"to":"6281200000009","text":"x","quote":"3EB0"}`, 404, "inbox"},
		"nothing to read":       {"POST", "/contacts/" + ani + "/read", `{"from":"6281200000009"}`, 409, "received nothing"},
		"an account as contact": {"PATCH", "/contacts/6281200000009", `{"name":"x"}`, 409, "account"},
		"too many contacts":     {"POST", "/contacts", `{"from":"6281300000000","count":100001}`, 400, "at most"},
		"no such fault":         {"PUT", "/faults/gravity", "true", 404, "GET /control/v1/faults"},
		"a wrong value":         {"PUT", "/faults/latency", `"soon"`, 400, "1.5s"},
		"no value":              {"PUT", "/faults/latency", "", 400, "body"},
		"no HTTP status":        {"PUT", "/faults/media_status", "7", 400, "200 to 599"},
		"a media fault of one":  {"PUT", known + "/faults/media_cut", "true", 404, "there is no fault"},
		"no such action":        {"POST", known + "/actions/dance", "", 404, "/actions"},
		"a negative past":       {"PUT", "/history", `{"chats":-1}`, 400, "0 or more"},
		"no script to stop":     {"DELETE", known + "/script", "", 409, "POST"},
		"an unknown pace":       {"POST", known + "/script", `{"pace":"warp"}`, 400, "lively"},
		"half a chat":           {"GET", "/ledger?a=" + ani, "", 400, "phone number"},
		"a wrong cursor":        {"GET", "/log?after=yesterday", "", 400, "whole number"},
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			status, answer := c.do(t, want.method, want.path, "application/json", []byte(want.body))
			require.Equal(t, want.status, status, string(answer))
			var got struct{ Error struct{ Message string } }
			require.NoError(t, json.Unmarshal(answer, &got))
			require.NotEmpty(t, got.Error.Message)
			require.Contains(t, got.Error.Message, want.says)
		})
	}
}

func TestAFormOfAnotherPageIsRefused(t *testing.T) {
	t.Parallel()
	c := serve(t)
	status, answer := c.do(t, "POST", "/accounts", "text/plain", []byte(`{"phone":"6281200000001"}`))
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, string(answer), "application/json")
}

func TestOneScriptPerAccount(t *testing.T) {
	t.Parallel()
	c := serve(t)
	phone := call[control.Account](t, c, "POST", "/accounts", `{}`).Phone
	call[any](t, c, "POST", "/accounts/"+phone+"/script", `{"people":2,"speed":10}`)
	status, _ := c.do(t, "POST", "/accounts/"+phone+"/script", "application/json", nil)
	require.Equal(t, http.StatusConflict, status)
	call[any](t, c, "DELETE", "/accounts/"+phone+"/script", "")
}

func TestTheGuideNamesEveryRoute(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/simulator.md")
	require.NoError(t, err)
	for _, route := range serve(t).server.Routes() {
		name := route.Method + " " + cmp.Or(strings.TrimPrefix(route.Path, "/control/v1"), route.Path)
		require.True(t, strings.Contains(string(guide), "`"+name+"`"), "the guide does not name %s", name)
	}
}

func TestThePageIsServed(t *testing.T) {
	t.Parallel()
	c := serve(t)
	for path, want := range map[string]string{"/control/": "<title>", "/control": "<title>", "/": "<title>", "/control/app.js": "import"} {
		response, err := http.Get(c.url + path)
		require.NoError(t, err)
		body := make([]byte, 4096)
		n, _ := response.Body.Read(body)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.Contains(t, string(body[:n]), want, path)
		require.NotContains(t, strings.ReplaceAll(string(body[:n]), c.url, ""), "src=\"http", "nothing from elsewhere")
	}
}
