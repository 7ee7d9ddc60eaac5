package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
)

// schemaOf is the body of one of our own routes.
func schemaOf(t testing.TB, s *Server, method, path string) func(body string) error {
	t.Helper()
	item := s.huma.OpenAPI().Paths[path]
	require.NotNil(t, item, path)
	op := item.Post
	if method == "PATCH" {
		op = item.Patch
	}
	schema := bodySchema(op)
	require.NotNil(t, schema, "the route takes JSON")
	return func(body string) error { return checkKeys([]byte(body), schema, s.huma.OpenAPI().Components.Schemas) }
}

func TestAKeyStandsOnceAndIsSpeltAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	setup, message := schemaOf(t, s, "POST", "/v1/setup"), schemaOf(t, s, "POST", "/v1/messages")
	origins := schemaOf(t, s, "PATCH", "/v1/workspace")
	many := strings.Repeat(`"k%d":1,`, 40)
	numbers := make([]any, 40)
	for i := range numbers {
		numbers[i] = i
	}
	for name, c := range map[string]struct {
		check         func(string) error
		body          string
		reason, field string
	}{
		"twice":                     {message, `{"to":"+62","text":"a","text":"b"}`, "key_duplicate", "text"},
		"twice, escaped":            {message, `{"to":"+62","text":"a","te\u0078t":"b"}`, "key_duplicate", "text"},
		"twice, nested":             {setup, `{"token":"a","workspace":{"name":"a", "name" :"b"}}`, "key_duplicate", "workspace.name"},
		"twice, unknown":            {message, `{"x":1,"x":1}`, "key_duplicate", "x"},
		"twice, empty":              {message, `{"":1,"":1}`, "key_duplicate", ""},
		"twice, in metadata":        {message, `{"metadata":{"order":{"id":1,"id":2}}}`, "key_duplicate", "metadata.order.id"},
		"twice, in a list":          {message, `{"metadata":{"list":[1,{"a":[],"a":{}}]}}`, "key_duplicate", "metadata.list.a"},
		"twice, among many":         {message, `{"metadata":{` + fmt.Sprintf(many, numbers...) + `"k33":1}}`, "key_duplicate", "metadata.k33"},
		"wrong case":                {message, `{"to":"+62","Text":"a"}`, "key_case", "Text"},
		"wrong case, beside":        {message, `{"text":"a","TEXT":"b"}`, "key_case", "TEXT"},
		"wrong case, folded":        {message, `{"text":"a","expireſ_at":"b"}`, "key_case", "expireſ_at"},
		"wrong case, nested":        {setup, `{"workspace":{"Name":"a"}}`, "key_case", "workspace.Name"},
		"another case in metadata":  {message, `{"metadata":{"Name":1,"name":2,"NAME":3}}`, "", ""},
		"equal keys, other objects": {message, `{"metadata":{"a":{"id":1},"b":{"id":1},"id":1}}`, "", ""},
		"a text that looks so":      {message, `{"to":"\"text\":","text":"{\"to\":1,\"to\":2}\\"}`, "", ""},
		"unknown":                   {message, `{"subject":"a"}`, "", ""},
		"all sorts of values":       {message, " {\t\"to\" : -1.5e3 , \"text\":null,\r\n\"quoted\":[ ] , \"metadata\": { } ,\"number\":[true,false , {}]} \n", "", ""},
		"a list":                    {origins, `{"origins":["a","a","b"]}`, "", ""},
		"malformed":                 {message, `{"text":"a","text":"b"`, "", ""},
		"no object":                 {message, `"text"`, "", ""},
		"deep":                      {message, strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "", ""},
		"nothing":                   {message, ``, "", ""},
	} {
		err := c.check(c.body)
		require.Equal(t, c.reason, fault.ReasonOf(err), name)
		if c.reason == "" {
			require.NoError(t, err, name)
			continue
		}
		var f *fault.Error
		require.ErrorAs(t, err, &f, name)
		require.Equal(t, c.field, f.Field, name)
		require.Equal(t, fault.Invalid, f.Code)
	}
}

func TestAKeyWithinAListIsCheckedToo(t *testing.T) {
	t.Parallel()
	recipient := &huma.Schema{Properties: map[string]*huma.Schema{"phone": {Type: huma.TypeString}}}
	list := &huma.Schema{Properties: map[string]*huma.Schema{"to": {Type: huma.TypeArray, Items: recipient}}}
	require.NoError(t, checkKeys([]byte(`{"to":[{"phone":"1"},{"phone":"2"}]}`), list, nil))
	require.Equal(t, "key_case", fault.ReasonOf(checkKeys([]byte(`{"to":[{"phone":"1"},{"Phone":"2"}]}`), list, nil)))
}

// FuzzCheckKeys looks for bodies that the walk cannot pass.
func FuzzCheckKeys(f *testing.F) {
	for _, body := range []string{`{"to":"a","text":"b"}`, `[{"a":[1,2,{"b":null}]}]`, `{"\\":"\"","\u0061":-0.1e+5}`, ` 1 `, `{"a":1,"a":1}`} {
		f.Add(body)
	}
	check := schemaOf(f, New(Config{}), "POST", "/v1/messages")
	f.Fuzz(func(_ *testing.T, body string) { _ = check(body) })
}

func BenchmarkCheckKeys(b *testing.B) {
	check := schemaOf(b, New(Config{}), "POST", "/v1/messages")
	for name, body := range map[string]string{
		"message of 120 bytes": `{"to": "+62 812 3456 7890", "text": "Pesanan Anda sudah kami terima. Terima kasih!", "client_ref": "order-1042"}`,
		"text of 64 kB":        `{"to": "+62 812 3456 7890", "text": "` + strings.Repeat("abcdefgh", 8<<10) + `"}`,
		"metadata of 4 kB":     `{"text": "a", "metadata": {` + strings.TrimSuffix(strings.Repeat(`"k12345678901234":{"id":"abcdefgh"},`, 110), ",") + `}}`,
	} {
		if strings.HasPrefix(name, "metadata") {
			n := 0
			for strings.Contains(body, "k12345678901234") {
				body = strings.Replace(body, "k12345678901234", fmt.Sprintf("k%014d", n), 1)
				n++
			}
		}
		require.NoError(b, check(body))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				_ = check(body)
			}
		})
	}
}
