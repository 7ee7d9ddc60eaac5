package media_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"

	"github.com/sapa-chat/sapa/sim/media"
)

func TestAClientReadsWhatAPhonePut(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"empty": 0, "one block": 16, "odd": 1001, "large, in a file": 3 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, url := serve(t)
			plain := bytes.Repeat([]byte("sapa"), size/4+1)[:size]
			ref, err := store.Put(media.History, func(w io.Writer) error {
				for chunk := plain; len(chunk) > 0; {
					n := min(len(chunk), 777)
					if _, err := w.Write(chunk[:n]); err != nil {
						return err
					}
					chunk = chunk[n:]
				}
				return nil
			})
			require.NoError(t, err)
			status, body := get(t, url+ref.DirectPath+"&hash=x&mms-type=md-msg-hist&__wa-mms=")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, plain, decryptLikeTheClient(t, ref, body))
			require.Equal(t, uint64(size), ref.FileLength)
		})
	}
}

func TestAPhoneReadsWhatAClientUploaded(t *testing.T) {
	t.Parallel()
	store, url := serve(t)
	ref, body := encryptLikeTheClient(t, []byte("a picture"))
	status, answer := do(t, http.MethodPost, uploadURL(url, media.Auth, body), body)
	require.Equal(t, http.StatusOK, status)
	var got struct {
		DirectPath string `json:"direct_path"`
		URL        string `json:"url"`
	}
	require.NoError(t, json.Unmarshal(answer, &got))
	require.Equal(t, "https://"+media.Host+got.DirectPath, got.URL)

	plain, err := store.Get(media.Image, ref)
	require.NoError(t, err)
	require.Equal(t, "a picture", string(plain))
	status, downloaded := get(t, url+got.DirectPath)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, body, downloaded)
	require.Equal(t, media.Counts{Uploads: 1, Downloads: 1, Bodies: 1, Bytes: int64(len(body))}, store.Counts())
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, url := serve(t)
	_, body := encryptLikeTheClient(t, []byte("x"))
	cases := map[string]struct {
		method, url string
		body        []byte
		want        int
	}{
		"upload without auth":             {http.MethodPost, uploadURL(url, "wrong", body), body, 401},
		"upload of something else":        {http.MethodPost, uploadURL(url, media.Auth, body), []byte("other"), 400},
		"download of nothing":             {http.MethodGet, url + "/mms/image/none?a", nil, 404},
		"delete without auth":             {http.MethodDelete, url + "/mms/image/none", nil, 401},
		"delete of nothing is no trouble": {http.MethodDelete, url + "/mms/image/none?auth=" + media.Auth, nil, 200},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, _ := do(t, c.method, c.url, c.body)
			require.Equal(t, c.want, status)
		})
	}
}

func TestADeletedBodyIsGone(t *testing.T) {
	t.Parallel()
	store, url := serve(t)
	ref, err := store.Put(media.History, func(w io.Writer) error { _, err := w.Write([]byte("past")); return err })
	require.NoError(t, err)
	token := base64.URLEncoding.EncodeToString(ref.FileEncSHA256)
	status, _ := do(t, http.MethodDelete, url+"/mms/md-msg-hist/"+token+"?d_md=x&auth="+media.Auth, nil)
	require.Equal(t, http.StatusOK, status)
	status, _ = get(t, url+ref.DirectPath)
	require.Equal(t, http.StatusNotFound, status)
	_, err = store.Get(media.History, ref)
	require.ErrorContains(t, err, "no media at")
}

func TestTroubleActsUntilItIsTakenAway(t *testing.T) {
	t.Parallel()
	store, url := serve(t)
	ref, err := store.Put(media.Image, func(w io.Writer) error { _, err := w.Write(make([]byte, 100_000)); return err })
	require.NoError(t, err)

	store.SetTrouble(media.Trouble{Status: http.StatusGone})
	status, _ := get(t, url+ref.DirectPath)
	require.Equal(t, http.StatusGone, status)

	store.SetTrouble(media.Trouble{Cut: true})
	response, err := http.Get(url + ref.DirectPath)
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, response.Body.Close())

	store.SetTrouble(media.Trouble{Delay: 30 * time.Millisecond})
	start := time.Now()
	status, _ = get(t, url+ref.DirectPath)
	require.Equal(t, http.StatusOK, status)
	require.GreaterOrEqual(t, time.Since(start), 30*time.Millisecond)

	store.SetTrouble(media.Trouble{})
	status, _ = get(t, url+ref.DirectPath)
	require.Equal(t, http.StatusOK, status)
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	store, _ := serve(t)
	put := func() media.Reference {
		ref, err := store.Put(media.Image, func(w io.Writer) error { _, err := w.Write([]byte("content")); return err })
		require.NoError(t, err)
		return ref
	}
	wrongKey := put()
	wrongKey.MediaKey = make([]byte, 32)
	_, err := store.Get(media.Image, wrongKey)
	require.ErrorContains(t, err, "wrong MAC")
	wrongHash := put()
	wrongHash.FileSHA256 = make([]byte, 32)
	_, err = store.Get(media.Image, wrongHash)
	require.ErrorContains(t, err, "wrong hash")
	_, err = store.Put("hat", func(io.Writer) error { return nil })
	require.ErrorContains(t, err, `unknown kind of media "hat"`)
}

func serve(t *testing.T) (*media.Store, string) {
	t.Helper()
	var store media.Store
	server := httptest.NewServer(store.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, store.Close())
	})
	return &store, server.URL
}

// decryptLikeTheClient uses whatsmeow's own helpers, so that both sides are not our own mistake.
func decryptLikeTheClient(t *testing.T, ref media.Reference, body []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(body)
	require.Equal(t, ref.FileEncSHA256, sum[:])
	keys := hkdfutil.SHA256(ref.MediaKey, nil, []byte("WhatsApp History Keys"), 112)
	plain, err := cbcutil.Decrypt(keys[16:48], keys[:16], body[:len(body)-10])
	require.NoError(t, err)
	sum = sha256.Sum256(plain)
	require.Equal(t, ref.FileSHA256, sum[:])
	return plain
}

func encryptLikeTheClient(t *testing.T, plain []byte) (media.Reference, []byte) {
	t.Helper()
	ref := media.Reference{MediaKey: bytes.Repeat([]byte{7}, 32)}
	keys := hkdfutil.SHA256(ref.MediaKey, nil, []byte("WhatsApp Image Keys"), 112)
	var out bytes.Buffer
	file := &memoryFile{}
	var err error
	ref.FileSHA256, ref.FileEncSHA256, ref.FileLength, _, err = cbcutil.EncryptStream(keys[16:48], keys[:16], keys[48:80], bytes.NewReader(plain), file)
	require.NoError(t, err)
	out.Write(file.Bytes())
	return ref, out.Bytes()
}

type memoryFile struct{ bytes.Buffer }

func uploadURL(base, auth string, body []byte) string {
	sum := sha256.Sum256(body)
	token := base64.URLEncoding.EncodeToString(sum[:])
	return base + "/mms/image/" + token + "?auth=" + auth + "&token=" + token
}

func get(t *testing.T, url string) (int, []byte) { return do(t, http.MethodGet, url, nil) }

func do(t *testing.T, method, url string, body []byte) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, answer
}
