package workspace

import (
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/line"
)

const (
	maxName    = 100 // characters
	maxEmail   = 254 // bytes, RFC 5321
	maxOrigins = 50
)

// check cleans a workspace's texts in place and refuses what cannot be right.
func (w *Workspace) check() error {
	var err error
	if w.Name, err = parseName(w.Name, "name"); err != nil {
		return err
	}
	w.Country = strings.ToUpper(strings.TrimSpace(w.Country))
	if phonenumbers.GetCountryCodeForRegion(w.Country) == 0 {
		return fault.Errorf(fault.Invalid, "%q is not a country; use its two letters, such as ID", w.Country).Because("country_unknown").On("country")
	}
	if w.Timezone == "" || w.Timezone == "Local" {
		return timezoneUnknown(w.Timezone)
	}
	if _, err := time.LoadLocation(w.Timezone); err != nil {
		return timezoneUnknown(w.Timezone)
	}
	w.Origins, err = parseOrigins(w.Origins)
	return err
}

func timezoneUnknown(name string) error {
	return fault.Errorf(fault.Invalid, "%q is not a time zone; use a name such as Asia/Jakarta", name).Because("timezone_unknown").On("timezone")
}

func parseOrigins(all []string) ([]string, error) {
	out := []string{}
	for _, o := range all {
		clean, err := parseOrigin(o)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, clean) {
			out = append(out, clean)
		}
	}
	if len(out) > maxOrigins {
		return nil, fault.Errorf(fault.Invalid, "at most %d origins", maxOrigins).Because("origins_too_many").On("origins")
	}
	return out, nil
}

// parseOrigin reads "https://shop.example" or "http://localhost:3000": scheme, host and port and nothing else, as a browser sends it.
func parseOrigin(text string) (string, error) {
	u, err := url.Parse(strings.ToLower(strings.TrimRight(strings.TrimSpace(text), "/")))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || len(text) > 255 ||
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.ContainsAny(u.Host, "*, ") || !isPort(u.Port()) {
		return "", fault.Errorf(fault.Invalid, "%q is not an origin; write it like https://shop.example", text).Because("origin_malformed").On("origins")
	}
	return u.Scheme + "://" + u.Host, nil
}

// isPort reports whether a URL's port can exist; an empty one is the scheme's.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || (err == nil && n > 0)
}

// parseName trims a name of 1 to 100 characters that can be shown on one line.
func parseName(text, field string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n > maxName || !line.Fits(text) {
		return "", fault.Errorf(fault.Invalid, "a name has 1 to %d characters on one line", maxName).Because("name_malformed").On(field)
	}
	return text, nil
}

// parseEmail reads one bare address and lower-cases it: a person is found by it whatever the spelling.
func parseEmail(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	addr, err := mail.ParseAddress(text)
	if err != nil || addr.Address != text || len(text) > maxEmail || strings.ContainsFunc(text, unicode.IsControl) {
		return "", fault.Errorf(fault.Invalid, "that is not an e-mail address").Because("email_malformed").On("email")
	}
	return text, nil
}

// parsePublicURL reads the address under which people reach this installation: https://chat.example or http://192.0.2.7:8080, with no path.
func parsePublicURL(text string) (string, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if text == "" {
		return "", nil
	}
	clean, err := parseOrigin(text)
	if err != nil {
		return "", fault.Errorf(fault.Invalid, "%q is not an address like https://chat.example", text).Because("public_url_malformed").On("public_url")
	}
	return clean, nil
}

func parseLanguage(text string) (string, error) {
	if text == "" || text == "en" || text == "id" {
		return text, nil
	}
	return "", fault.Errorf(fault.Invalid, "languages are en and id").Because("language_unknown").On("language")
}

func parseTheme(text string) (string, error) {
	if text == "" || text == "light" || text == "dark" || text == "system" {
		return text, nil
	}
	return "", fault.Errorf(fault.Invalid, "themes are light, dark and system").Because("theme_unknown").On("theme")
}
