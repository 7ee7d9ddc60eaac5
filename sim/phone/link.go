package phone

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/web"
)

// DeviceIdentity makes what a phone gives to a companion in pair-success: the device's
// number signed with the account's identity key, authenticated with the secret that the
// companion told by QR, code or passkey. The prefixes are 06 00 for the account's
// signature and 06 01 for the device's. Source: whatsmeow pair.go, handlePair; seen.
func DeviceIdentity(account *keys.KeyPair, companion, advSecret []byte, id uint8, now time.Time) (web.Linked, error) {
	index := uint32(id)
	details, err := proto.Marshal(&waAdv.ADVDeviceIdentity{
		RawID: proto.Uint32(uint32(now.UnixNano())), Timestamp: proto.Uint64(uint64(now.Unix())), KeyIndex: &index,
		AccountType: waAdv.ADVEncryptionType_E2EE.Enum(), DeviceType: waAdv.ADVEncryptionType_E2EE.Enum(),
	})
	if err != nil {
		return web.Linked{}, fmt.Errorf("marshal device identity: %w", err)
	}
	signature := ecc.CalculateSignature(ecc.NewDjbECPrivateKey(*account.Priv), slices.Concat([]byte{6, 0}, details, companion))
	signed, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentity{
		Details: details, AccountSignatureKey: account.Pub[:], AccountSignature: signature[:],
	})
	if err != nil {
		return web.Linked{}, fmt.Errorf("marshal signed identity: %w", err)
	}
	mac := hmac.New(sha256.New, advSecret)
	mac.Write(signed)
	container, err := proto.Marshal(&waAdv.ADVSignedDeviceIdentityHMAC{Details: signed, HMAC: mac.Sum(nil)})
	if err != nil {
		return web.Linked{}, fmt.Errorf("marshal identity container: %w", err)
	}
	verify := func(answer []byte) error { return verifyDevice(answer, details, companion, account) }
	return web.Linked{DeviceID: id, KeyIndex: index, Container: container, Verify: verify}, nil
}

// verifyDevice checks the companion's signature of its own identity.
func verifyDevice(answer, details, companion []byte, account *keys.KeyPair) error {
	var signed waAdv.ADVSignedDeviceIdentity
	if err := proto.Unmarshal(answer, &signed); err != nil {
		return fmt.Errorf("device identity of the companion: %w", err)
	}
	if len(signed.DeviceSignature) != 64 || len(companion) != 32 {
		return errors.New("the companion did not sign its identity")
	}
	message := slices.Concat([]byte{6, 1}, details, companion, account.Pub[:])
	if !ecc.VerifySignature(ecc.NewDjbECPublicKey([32]byte(companion)), message, [64]byte(signed.DeviceSignature)) {
		return errors.New("the companion's signature does not verify")
	}
	return nil
}
