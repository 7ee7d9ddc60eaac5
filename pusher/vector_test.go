package pusher_test

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/pusher"
)

// The vectors of the protocol's documentation, checked with openssl; see docs/protocol/pusher.md for the one that the documentation prints wrongly.
const (
	vectorKey    = "278d425bdf160c739803"
	vectorSecret = "7ad3773142a6692b25b8"
)

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ got, want string }{
		"private channel": {
			pusher.SignChannel(vectorKey, vectorSecret, "1234.1234", "private-foobar", ""),
			"58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
		},
		"presence channel, as the documentation signs it": {
			pusher.SignChannel(vectorKey, vectorSecret, "1234.1234", "presence-foobar", `{"user_id":10,"user_info":{"name":"Mr. Pusher"}}`),
			"afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
		},
		"presence channel, as the documentation prints it": {
			pusher.SignChannel(vectorKey, vectorSecret, "1234.1234", "presence-foobar", `{"user_id":10,"user_info":{"name":"Mr. Channels"}}`),
			"31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
		},
		"sign-in": {
			pusher.SignUser(vectorKey, vectorSecret, "1234.1234", `{"id":"12345"}`),
			"4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, signature, _ := strings.Cut(c.got, ":")
			require.Equal(t, vectorKey, key)
			require.Equal(t, c.want, signature)
		})
	}
}

func TestRequestVector(t *testing.T) {
	t.Parallel()
	sum := md5.Sum([]byte(`{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}`))
	require.Equal(t, "ec365a775a4cd0599faeb73354201b6f", hex.EncodeToString(sum[:]))
	query := "auth_key=" + vectorKey + "&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f"
	require.Equal(t, "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
		pusher.SignRequest(vectorSecret, "POST", "/apps/3/events", query))
}

func TestEncryptionRoundTrip(t *testing.T) {
	t.Parallel()
	secret := pusher.SharedSecret([32]byte{1, 2, 3}, "private-encrypted-a")
	box := pusher.Encrypt(secret, "hello")
	require.NotContains(t, box, "hello")
	plain, err := pusher.Decrypt(secret, box)
	require.NoError(t, err)
	require.Equal(t, "hello", plain)
	_, err = pusher.Decrypt(pusher.SharedSecret([32]byte{1, 2, 3}, "private-encrypted-b"), box)
	require.Error(t, err, "each channel has its own key")
}
