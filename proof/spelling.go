package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// spelling tells how a secret stands in a text: as it is, or in one of the ways in which programs write bytes. It is "" when
// the secret is not there.
func spelling(text []byte, secret string) string {
	for _, n := range needles(secret) {
		if bytes.Contains(text, []byte(n.text)) {
			return n.how
		}
	}
	return ""
}

type needle struct{ how, text string }

func needles(secret string) []needle {
	all := []needle{{"as it is", secret}, {"as hex", hex.EncodeToString([]byte(secret))}, {"as hex", strings.ToUpper(hex.EncodeToString([]byte(secret)))}}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, needle{"as JSON", string(quoted[1 : len(quoted)-1])})
	}
	all = append(all, needle{"percent-encoded", url.QueryEscape(secret)}, needle{"percent-encoded", url.PathEscape(secret)}, needle{"percent-encoded", everyByte(secret)})
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			all = append(all, needle{fmt.Sprintf("as base64 behind %d bytes", before), within(e, secret, before)})
		}
	}
	return all
}

func everyByte(secret string) string {
	var b strings.Builder
	for i := range len(secret) {
		fmt.Fprintf(&b, "%%%02X", secret[i])
	}
	return b.String()
}

// within is the part of a base64 text that a secret alone decides when so many bytes stand before it.
func within(e *base64.Encoding, secret string, before int) string {
	text := e.EncodeToString([]byte(strings.Repeat("\x00", before) + secret))
	from := (before*8 + 5) / 6
	to := (before + len(secret)) * 8 / 6
	return text[from:to]
}
