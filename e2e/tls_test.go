package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

func TestTheProgramSpeaksHTTPSByItself(t *testing.T) {
	t.Parallel()
	c := certify(t, 1)
	s := bare(t, drive.Options{Roots: c.roots, Settings: c.settings()})
	ctx := patient(t)
	require.Contains(t, s.Terminal(), "https://")
	token, err := s.SetupToken()
	require.NoError(t, err)
	owner := drive.NewClient(s.URL)
	owner.Trust(c.roots)
	t.Cleanup(owner.Close)
	require.NoError(t, owner.Setup(ctx, token, "ayu@example.com", password))

	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.roots}, ForceAttemptHTTP2: true}}
	t.Cleanup(browser.CloseIdleConnections)
	resp := post(t, browser, s.URL+"/v1/login", `{"email":"ayu@example.com","password":"`+password+`"}`)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, 2, resp.ProtoMajor)
	require.True(t, resp.Cookies()[0].Secure)
	require.NotEmpty(t, resp.Header.Get("Strict-Transport-Security"))

	plain, err := http.Get("http://" + strings.TrimPrefix(s.URL, "https://") + "/healthz")
	require.NoError(t, err)
	require.NoError(t, plain.Body.Close())
	require.Equal(t, http.StatusBadRequest, plain.StatusCode, "no plain HTTP on the same port")
}

// Let's Encrypt gives certificates for weeks: a renewed one is used without a restart.
func TestARenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	c := certify(t, 1)
	s := bare(t, drive.Options{Roots: c.roots, Settings: c.settings()})
	serial := func() int64 {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only looks
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	require.EqualValues(t, 1, serial())
	require.NoError(t, os.WriteFile(c.cert, []byte("half a certificate"), 0o600))
	require.EqualValues(t, 1, serial(), "a broken file changes nothing")
	renewed := certify(t, 2)
	for from, to := range map[string]string{renewed.key: c.key, renewed.cert: c.cert} {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, data, 0o600))
	}
	require.Eventually(t, func() bool { return serial() == 2 }, 5*time.Minute, 50*time.Millisecond)
}

func TestWrongCertificateFilesStopTheStart(t *testing.T) {
	t.Parallel()
	good, other := certify(t, 1), certify(t, 2)
	broken := filepath.Join(t.TempDir(), "broken.pem")
	require.NoError(t, os.WriteFile(broken, []byte("not a certificate"), 0o600))
	for name, c := range map[string]struct{ cert, key, says string }{
		"missing":         {filepath.Join(t.TempDir(), "cert.pem"), good.key, "no such file"},
		"not PEM":         {broken, good.key, "PEM"},
		"of another key":  {good.cert, other.key, "does not match"},
		"key is missing ": {good.cert, filepath.Join(t.TempDir(), "key.pem"), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says := refusedStart(t, 1, "--http.tls_cert="+c.cert, "--http.tls_key="+c.key)
			require.Contains(t, says, "http.tls_cert")
			require.Contains(t, says, c.says)
		})
	}
}

// certificate is a self-made certificate for 127.0.0.1 in files.
type certificate struct {
	cert, key string
	roots     *x509.CertPool
}

func (c certificate) settings() []string {
	return []string{"--http.tls_cert=" + c.cert, "--http.tls_key=" + c.key}
}

func certify(t *testing.T, serial int64) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "sapa"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	c := certificate{cert: filepath.Join(dir, "fullchain.pem"), key: filepath.Join(dir, "privkey.pem"), roots: x509.NewCertPool()}
	for file, block := range map[string]*pem.Block{c.cert: {Type: "CERTIFICATE", Bytes: der}, c.key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
	c.roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return c
}

// post sends JSON and returns the answer, whose body is read and closed.
func post(t *testing.T, c *http.Client, url, body string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(patient(t), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp
}
