package pusher

import "strings"

// userPrefix starts the name of the channel that reaches every socket of one signed-in user.
const userPrefix = "#server-to-user-"

// Limits of names, from the protocol's documentation.
const (
	maxChannelName = 164
	maxEventName   = 200
	maxUserID      = 128
)

// kind is what the prefixes of a channel's name say about it.
type kind struct {
	private, presence, encrypted, cache, user bool
}

// needsAuth reports whether a subscription must be signed.
func (k kind) needsAuth() bool { return k.private || k.presence }

// clientEvents reports whether clients may publish to each other.
func (k kind) clientEvents() bool { return (k.private && !k.encrypted) || k.presence }

// kindOf reads the kind from a name. It does not check the name.
func kindOf(name string) kind {
	if strings.HasPrefix(name, userPrefix) {
		return kind{user: true}
	}
	var k kind
	rest := name
	if after, ok := strings.CutPrefix(rest, "private-"); ok {
		k.private, rest = true, after
		if after, ok := strings.CutPrefix(rest, "encrypted-"); ok {
			k.encrypted, rest = true, after
		}
	} else if after, ok := strings.CutPrefix(rest, "presence-"); ok {
		k.presence, rest = true, after
	}
	k.cache = strings.HasPrefix(rest, "cache-")
	return k
}

// validChannel reports whether name may be subscribed or published to: up to 164
// of A–Z a–z 0–9 _ - = @ , . ; or the channel of a user.
func validChannel(name string) bool {
	if id, ok := strings.CutPrefix(name, userPrefix); ok {
		return validUserID(id)
	}
	if name == "" || len(name) > maxChannelName {
		return false
	}
	for i := range len(name) {
		if !channelByte(name[i]) {
			return false
		}
	}
	return true
}

func channelByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-=@,.;", c) >= 0
}

func validUserID(id string) bool { return id != "" && len(id) <= maxUserID }

// validEvent reports whether a server may publish under name; the names of the protocol itself are not for publishers.
func validEvent(name string) bool {
	return name != "" && len(name) <= maxEventName &&
		!strings.HasPrefix(name, "pusher:") && !strings.HasPrefix(name, "pusher_internal:")
}

// validSocketID reports whether id has the form digits.digits, as the SDKs check it.
func validSocketID(id string) bool {
	a, b, ok := strings.Cut(id, ".")
	return ok && digits(a) && digits(b)
}

func digits(s string) bool {
	if s == "" || len(s) > 20 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
