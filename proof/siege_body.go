package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// body is one that is right, or one that was.
func (b *besieger) body(t target, spoil bool) []byte {
	var v any = object{{"socket_id", "1.2"}, {"channel_name", "private-workspace." + b.workspace}}
	if t.body != nil {
		v = b.sample(t.body, "")
	}
	if spoil && b.random.IntN(3) > 0 {
		v = mutate(b.random, v)
	}
	var out bytes.Buffer
	if o, ok := v.(object); ok && t.form && b.random.IntN(2) == 0 {
		for _, m := range o {
			fmt.Fprintf(&out, "&%s=%s", url.QueryEscape(m.key), url.QueryEscape(fmt.Sprint(m.value)))
		}
	} else {
		encode(&out, v)
	}
	// A byte more or less in an address would make the program ask somebody who is not of this machine.
	if spoil && b.random.IntN(3) == 0 && !bytes.Contains(out.Bytes(), []byte("://")) {
		return mutateBytes(b.random, out.Bytes())
	}
	return out.Bytes()
}

// harmless are addresses that lead nowhere, as a text cannot be changed at random that the program may ask.
var harmless = []string{"", "http://127.0.0.1:1", "http://127.0.0.1:99999", "https://[::1]:1/", "http://[::1", "http://", "ftp://127.0.0.1:1", "socks5://a:b@127.0.0.1:1",
	"socks5://127.0.0.1", "javascript:alert(1)", "http://%zz", "http://127.0.0.1:1/" + "a", "http://a:b@127.0.0.1:1", "://", "127.0.0.1:1", "http://127.0.0.1:1?x=%00", "socks5://%00:%ff@127.0.0.1:1", "http://127.0.0.1:1#\u202e"}

// sample is a value that the schema allows, by the name of the field one that means something.
func (b *besieger) sample(s *schema, name string) any {
	s = b.doc.resolve(s)
	switch {
	case s == nil:
		return object{{"a", 1}}
	case len(s.Enum) > 0:
		return s.Enum[b.random.IntN(len(s.Enum))]
	}
	switch kind := fmt.Sprint(s.Type); {
	case strings.Contains(kind, "object"):
		if len(s.Properties) == 0 {
			return object{{"order", object{{"id", 7}}}, {"tags", []any{"a", "b"}}}
		}
		var o object
		for key, p := range s.Properties {
			if key != "$schema" && (!optional[key] || b.random.IntN(2) == 0) {
				o = append(o, member{key, b.sample(p, key)})
			}
		}
		return o
	case strings.Contains(kind, "array"):
		return []any{b.sample(s.Items, name)}
	case strings.Contains(kind, "boolean"):
		return b.random.IntN(2) == 0
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return b.random.IntN(100)
	}
	return b.word(name)
}

// optional are fields that lead a request astray when they are always there.
var optional = map[string]bool{"quoted": true, "proxy": true, "expires_at": true, "metadata": true, "client_ref": true, "origins": true, "phone": true, "response": true}

// word is a right value of a field that is a text.
func (b *besieger) word(name string) string {
	switch name {
	case "email":
		return fmt.Sprintf("tamu%d@example.com", b.random.IntN(1000))
	case "password", "new", "current":
		return "sandi yang cukup panjang"
	case "number":
		return b.some(b.random, "numbers", false)
	case "quoted", "up_to":
		return b.some(b.random, "messages", false)
	case "to", "phone":
		return fmt.Sprintf("+62859%07d", b.random.IntN(50))
	case "scopes":
		return []string{"messages:read", "messages:send", "numbers:read"}[b.random.IntN(3)]
	case "origins":
		return "https://toko.example"
	case "proxy", "public_url":
		return harmless[b.random.IntN(len(harmless))]
	case "country":
		return "ID"
	case "timezone":
		return "Asia/Makassar"
	case "language":
		return "id"
	case "theme":
		return "dark"
	case "expires_at":
		return "2099-01-01T00:00:00Z"
	case "token":
		return b.some(b.random, "tokens", false)
	}
	return "Toko Mawar"
}
