package workspace

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// KeyPrefix opens every API key, so that people and secret scanners know one when they see it.
const KeyPrefix = "sapa_"

// newToken returns 32 random bytes for a URL, a cookie or a header, and the hash to store.
func newToken() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(randomBytes(32))
	return token, hashToken(token)
}

// hashToken is how tokens are stored. They are random, so one round of SHA-256 is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// CSRF is the token that a page must send with a session: derived from the session's own,
// so that it needs no storage, ends with it and cannot be made by another site.
func CSRF(sessionToken string) string {
	mac := hmac.New(sha256.New, []byte(sessionToken))
	mac.Write([]byte("sapa csrf v1"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// CheckCSRF compares in constant time.
func CheckCSRF(sessionToken, csrf string) bool {
	return subtle.ConstantTimeCompare([]byte(CSRF(sessionToken)), []byte(csrf)) == 1
}
