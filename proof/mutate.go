package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// object is a JSON object whose keys may stand in any order and more than once, raw is JSON or what should be.
type (
	object []member
	member struct {
		key   string
		value any
	}
	raw string
)

// encode writes a value as JSON. Strings that are no text are written as the bytes that they are.
func encode(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case raw:
		b.WriteString(string(v))
	case string:
		quote(b, v)
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, m.key)
			b.WriteByte(':')
			encode(b, m.value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			encode(b, e)
		}
		b.WriteByte(']')
	default:
		plain, err := json.Marshal(v)
		if err != nil {
			plain = []byte("null")
		}
		b.Write(plain)
	}
}

func quote(b *bytes.Buffer, s string) {
	if utf8.ValidString(s) {
		plain, _ := json.Marshal(s) // a valid string has no error
		b.Write(plain)
		return
	}
	b.WriteString(`"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`)
}

// odd is a JSON value that nobody expects.
func odd(random *rand.Rand) any {
	all := []func() any{
		func() any { return nil },
		func() any { return raw(oddNumbers[random.IntN(len(oddNumbers))]) },
		func() any { return oddText(random) },
		func() any { return raw(oddEscapes[random.IntN(len(oddEscapes))]) },
		func() any { return []any{} },
		func() any { return object{} },
		func() any { return []any{nil, "a", object{{"b", []any{1}}}} },
		func() any { return deep(random) },
		func() any { return wide(random) },
		func() any { return raw(oddTokens[random.IntN(len(oddTokens))]) },
	}
	return all[random.IntN(len(all))]()
}

var (
	oddNumbers = []string{"0", "-0", "-1", "1", "1.5", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
		"18446744073709551616", "1E+2", "00", "0x10", "+1", ".5", "5.", "1e", "NaN", "Infinity", strings.Repeat("9", 5000), "0." + strings.Repeat("0", 3000) + "1"}
	oddEscapes = []string{`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"\udc00\ud800"`, `"\ud83d"`, `"\uD83D\uD83D\uDE00"`, `"\u"`, `"\x41"`, `"\`, `"\u00e"`,
		"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc0\x80\"", "\"a\x00b\"", "\"a\nb\"", `"\b\f\n\r\t\/"`}
	oddTokens = []string{"true", "false", "nul", "True", "undefined", "'a'", "", ",", "}", "]", "/* */ 1", "// 1\n", "{a:1}", `{"a":}`, `{"a" 1}`, `[1,]`, `{"a":1,}`, "\ufeff{}", "\x00", "%7B%7D"}
	oddTexts  = []string{"", " ", "\t\n", "null", "0", "-1", "true", "[]", "{}", "../../etc/passwd", "..", "%00", "%", "%ff%fe", "' OR 1=1 --", "\"; DROP TABLE messages; --",
		"<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "\u200b\u200e\u202e\u2066", "\ufeff", "\ufffe\uffff", "\U0010ffff", "ﷺ", "İıſK", "e\u0301\u0301\u0301", "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
		"+62 812-3456-7890", "+", "++62", "+0", "+6281234567890123456789", "６２８１２３４５６７８９０", "0812 3456 7890", "628123@s.whatsapp.net", "628123:4@lid", "a@b@c", "@",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T23:59:60Z", "2026-01-01T00:00:00+99:99",
		"2026-01-01T00:00:00.123456789123456789Z", "Asia/Jakarta\x00", "../zoneinfo", "Local", "Asia/", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "1.1", "a.b"}
)

func oddText(random *rand.Rand) string {
	switch random.IntN(6) {
	case 0:
		return strings.Repeat(oddTexts[random.IntN(len(oddTexts))]+"x", 1+random.IntN(2000))
	case 1:
		b := make([]byte, random.IntN(64))
		for i := range b {
			b[i] = byte(random.UintN(256))
		}
		return string(b)
	case 2:
		return strings.Repeat("a", 1<<random.IntN(17))
	default:
		return oddTexts[random.IntN(len(oddTexts))]
	}
}

// deep is a value within many others.
func deep(random *rand.Rand) any {
	n := 1 << random.IntN(15)
	if random.IntN(2) == 0 {
		return raw(strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	return raw(strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n))
}

// wide has many keys or elements.
func wide(random *rand.Rand) any {
	n := 1 << random.IntN(12)
	var o object
	var list []any
	for i := range n {
		o, list = append(o, member{fmt.Sprint("k", i), i}), append(list, i)
	}
	if random.IntN(2) == 0 {
		return o
	}
	return list
}

// mutate changes a value in one or more places.
func mutate(random *rand.Rand, v any) any {
	for range 1 + random.IntN(3) {
		v = mutateOnce(random, v)
	}
	return v
}

func mutateOnce(random *rand.Rand, v any) any {
	switch v := v.(type) {
	case object:
		if len(v) > 0 && random.IntN(8) > 0 {
			return mutateObject(random, v)
		}
	case []any:
		if len(v) > 0 && random.IntN(4) > 0 {
			out := append([]any{}, v...)
			i := random.IntN(len(out))
			out[i] = mutateOnce(random, out[i])
			return out
		}
	case string:
		if strings.Contains(v, "127.0.0.1") || strings.Contains(v, "://") { // changed at random it would lead to somebody else
			return harmless[random.IntN(len(harmless))]
		}
		if random.IntN(2) == 0 {
			return mutateText(random, v)
		}
	}
	return odd(random)
}

func mutateObject(random *rand.Rand, o object) object {
	out := append(object{}, o...)
	i := random.IntN(len(out))
	switch random.IntN(12) {
	case 0: // a key that is missing
		return append(out[:i:i], out[i+1:]...)
	case 1: // twice
		return append(out, out[i])
	case 2:
		return append(out, member{out[i].key, odd(random)})
	case 3: // a key in another case, or nearly the same
		out[i].key = mutateText(random, out[i].key)
	case 4: // a key nobody knows
		return append(out, member{oddText(random), odd(random)})
	case 5:
		out[i].value = []any{out[i].value}
	case 6:
		out[i].value = object{{out[i].key, out[i].value}}
	case 7:
		j := random.IntN(len(out))
		out[i].value, out[j].value = out[j].value, out[i].value
	default:
		out[i].value = mutateOnce(random, out[i].value)
	}
	return out
}

func mutateText(random *rand.Rand, s string) string {
	at := 0
	if len(s) > 0 {
		at = random.IntN(len(s))
	}
	switch random.IntN(8) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return s[:at] + oddText(random) + s[at:]
	case 2:
		return s[:at]
	case 3:
		return s + s
	case 4:
		return s[:at] + "\x00" + s[at:]
	case 5:
		return strings.Repeat(s, 1+random.IntN(500))
	case 6:
		return base64.StdEncoding.EncodeToString([]byte(s))
	default:
		return string(mutateBytes(random, []byte(s)))
	}
}

// mutateBytes changes bytes without knowing what they mean.
func mutateBytes(random *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + random.IntN(4) {
		if len(b) == 0 {
			return []byte{byte(random.UintN(256))}
		}
		i := random.IntN(len(b))
		switch random.IntN(6) {
		case 0:
			b[i] ^= 1 << random.UintN(8)
		case 1:
			b[i] = byte(random.UintN(256))
		case 2:
			b = b[:i]
		case 3:
			b = append(b[:i:i], b[min(len(b), i+1+random.IntN(8)):]...)
		case 4: // a piece once more
			piece := b[i:min(len(b), i+1+random.IntN(16))]
			b = append(append(b[:i:i], piece...), b[i:]...)
		case 5:
			b = append(append(b[:i:i], []byte{0, 0xff, 0xfe, '"', '{', '\\'}[random.IntN(6)]), b[i:]...)
		}
	}
	return b
}
