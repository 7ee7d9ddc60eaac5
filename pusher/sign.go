package pusher

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// SignChannel is the auth value of a subscription: key, a colon, and the
// hex HMAC-SHA256 under secret of "socketID:channel" or, on presence channels,
// "socketID:channel:channelData" over the exact bytes of channelData.
func SignChannel(key, secret, socketID, channel, channelData string) string {
	text := socketID + ":" + channel
	if channelData != "" {
		text += ":" + channelData
	}
	return key + ":" + mac(secret, text)
}

// SignUser is the auth value of a sign-in with userData.
func SignUser(key, secret, socketID, userData string) string {
	return key + ":" + mac(secret, socketID+"::user::"+userData)
}

// SignRequest is the auth_signature of an HTTP API call: over method, path and
// the sorted, unescaped query (see docs/protocol/pusher.md).
func SignRequest(secret, method, path, query string) string {
	return mac(secret, method+"\n"+path+"\n"+query)
}

func mac(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// sameAuth compares two auth values in constant time. The key part counts too.
func sameAuth(got, want string) bool {
	gotKey, gotSig, ok := strings.Cut(got, ":")
	wantKey, wantSig, _ := strings.Cut(want, ":")
	key := subtle.ConstantTimeCompare([]byte(gotKey), []byte(wantKey))
	sig := subtle.ConstantTimeCompare([]byte(gotSig), []byte(wantSig))
	return ok && key&sig == 1
}
