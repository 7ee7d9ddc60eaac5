package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Kind is what a body is, spelled as in upload paths and in the parameter mms-type.
type Kind string

// The kinds that clients use (whatsmeow: download.go, mediaTypeToMMSType).
const (
	Image    Kind = "image"
	Video    Kind = "video"
	Audio    Kind = "audio"
	Document Kind = "document"
	History  Kind = "md-msg-hist"
	AppState Kind = "md-app-state"
)

// info is the purpose that enters the key derivation.
func (k Kind) info() (string, error) {
	names := map[Kind]string{
		Image: "Image", Video: "Video", Audio: "Audio", Document: "Document", History: "History", AppState: "App State",
	}
	name, known := names[k]
	if !known {
		return "", fmt.Errorf("unknown kind of media %q", k)
	}
	return "WhatsApp " + name + " Keys", nil
}

const macLength = 10 // bytes of the HMAC that follow the ciphertext

// keys are the first three of the four parts of HKDF-SHA256(media key, info, 112 bytes); the fourth is not needed here.
type keys struct{ iv, cipher, mac []byte }

func expand(kind Kind, mediaKey []byte) (keys, error) {
	info, err := kind.info()
	if err != nil {
		return keys{}, err
	}
	long, err := hkdf.Key(sha256.New, mediaKey, nil, info, 112)
	if err != nil {
		return keys{}, fmt.Errorf("media keys: %w", err)
	}
	return keys{iv: long[:16], cipher: long[16:48], mac: long[48:80]}, nil
}

// sealer encrypts a stream: AES-256-CBC with PKCS#7 padding, then the first ten bytes of HMAC-SHA256(iv || ciphertext).
type sealer struct {
	out    io.Writer // the body and its hash
	mode   cipher.BlockMode
	mac    hash.Hash
	plain  hash.Hash
	sealed hash.Hash
	length uint64
	rest   []byte // less than a block that waits for more
}

func newSealer(out io.Writer, kind Kind, mediaKey []byte) (*sealer, error) {
	k, err := expand(kind, mediaKey)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k.cipher)
	if err != nil {
		return nil, fmt.Errorf("media cipher: %w", err)
	}
	sealed := sha256.New()
	s := &sealer{
		out: io.MultiWriter(out, sealed), mode: cipher.NewCBCEncrypter(block, k.iv),
		mac: hmac.New(sha256.New, k.mac), plain: sha256.New(), sealed: sealed,
	}
	s.mac.Write(k.iv)
	return s, nil
}

// Write encrypts the whole blocks that p completes.
func (s *sealer) Write(p []byte) (int, error) {
	s.plain.Write(p)
	s.length += uint64(len(p))
	s.rest = append(s.rest, p...)
	whole := len(s.rest) - len(s.rest)%aes.BlockSize
	if err := s.flush(whole); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close pads, encrypts the last block and appends the MAC. It does not close the writer below.
func (s *sealer) Close() error {
	padding := aes.BlockSize - len(s.rest)%aes.BlockSize
	for range padding {
		s.rest = append(s.rest, byte(padding))
	}
	if err := s.flush(len(s.rest)); err != nil {
		return err
	}
	_, err := s.out.Write(s.mac.Sum(nil)[:macLength])
	return err
}

func (s *sealer) flush(n int) error {
	chunk := s.rest[:n]
	s.mode.CryptBlocks(chunk, chunk)
	s.mac.Write(chunk)
	_, err := s.out.Write(chunk)
	s.rest = append(s.rest[:0], s.rest[n:]...)
	return err
}

func (s *sealer) reference(mediaKey []byte) Reference {
	return Reference{MediaKey: mediaKey, FileSHA256: s.plain.Sum(nil), FileEncSHA256: s.sealed.Sum(nil), FileLength: s.length}
}

var errDamaged = errors.New("the media does not match its reference")

// unseal decrypts raw in place.
func unseal(kind Kind, ref Reference, raw []byte) ([]byte, error) {
	k, err := expand(kind, ref.MediaKey)
	if err != nil {
		return nil, err
	}
	n := len(raw) - macLength
	if n <= 0 || n%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes", errDamaged, len(raw))
	}
	mac := hmac.New(sha256.New, k.mac)
	mac.Write(k.iv)
	mac.Write(raw[:n])
	if subtle.ConstantTimeCompare(mac.Sum(nil)[:macLength], raw[n:]) != 1 {
		return nil, fmt.Errorf("%w: wrong MAC", errDamaged)
	}
	block, err := aes.NewCipher(k.cipher)
	if err != nil {
		return nil, fmt.Errorf("media cipher: %w", err)
	}
	cipher.NewCBCDecrypter(block, k.iv).CryptBlocks(raw[:n], raw[:n])
	return unpad(raw[:n], ref.FileSHA256)
}

func unpad(plain, want []byte) ([]byte, error) {
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, fmt.Errorf("%w: padding %d", errDamaged, padding)
	}
	plain = plain[:len(plain)-padding]
	if sum := sha256.Sum256(plain); subtle.ConstantTimeCompare(sum[:], want) != 1 {
		return nil, fmt.Errorf("%w: wrong hash of the content", errDamaged)
	}
	return plain, nil
}
