package web

import (
	"crypto/sha256"
	"fmt"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waCert"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"

	_ "github.com/sapa-chat/sapa/sim/internal/quiet" // before libsignal's first line
)

// Authority signs the server's Noise certificate. whatsmeow checks: the intermediate is
// signed by WACertPubKey and names issuer 0, the leaf is signed by the intermediate and
// names its serial, the leaf's key is the server's static key, and both are valid now.
// Source: whatsmeow handshake.go, verifyServerCert; seen.
type Authority struct {
	root   *keys.KeyPair
	static *keys.KeyPair
	chain  []byte
}

// NewAuthority makes a root, an intermediate and a server key from the seed and a chain
// that is valid from a day before now for ten years.
func NewAuthority(seed string, now time.Time) (*Authority, error) {
	a := &Authority{root: derive(seed, "root"), static: derive(seed, "server")}
	middle := derive(seed, "intermediate")
	intermediate, err := certificate(a.root, middle, 1, 0, now)
	if err != nil {
		return nil, err
	}
	leaf, err := certificate(middle, a.static, 2, 1, now)
	if err != nil {
		return nil, err
	}
	a.chain, err = proto.Marshal(&waCert.CertChain{Intermediate: intermediate, Leaf: leaf})
	return a, err
}

// RootKey is the root's public key.
func (a *Authority) RootKey() [32]byte { return *a.root.Pub }

func derive(seed, name string) *keys.KeyPair {
	priv := sha256.Sum256([]byte("sim authority\x00" + seed + "\x00" + name))
	priv[0] &= 248
	priv[31] = priv[31]&127 | 64
	return keys.NewKeyPairFromPrivateKey(priv)
}

func certificate(issuer, subject *keys.KeyPair, serial, issuerSerial uint32, now time.Time) (*waCert.CertChain_NoiseCertificate, error) {
	details, err := proto.Marshal(&waCert.CertChain_NoiseCertificate_Details{
		Serial:       &serial,
		IssuerSerial: &issuerSerial,
		Key:          subject.Pub[:],
		NotBefore:    proto.Uint64(uint64(now.AddDate(0, 0, -1).Unix())),
		NotAfter:     proto.Uint64(uint64(now.AddDate(10, 0, 0).Unix())),
	})
	if err != nil {
		return nil, fmt.Errorf("marshal certificate: %w", err)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*issuer.Priv), details)
	return &waCert.CertChain_NoiseCertificate{Details: details, Signature: signature[:]}, nil
}
