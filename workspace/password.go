package workspace

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Hashing is the cost of a password's argon2id hash.
type Hashing struct {
	// MemoryKiB and Passes default to 19 MiB and 2, OWASP's first recommendation for argon2id (about 20 ms).
	MemoryKiB uint32
	Passes    uint32
	// AtOnce bounds how many hashes run together, since each takes its memory; default one per core.
	AtOnce int
}

const (
	// MinPassword is the shortest password, in characters.
	MinPassword = 10
	maxPassword = 256 // bytes: a longer one only costs time
	saltBytes   = 16
	hashBytes   = 32
)

// passwords hashes and checks, a bounded number at once.
type passwords struct {
	cost Hashing
	gate chan struct{}
	// decoy is checked when there is no such account, so that the answer takes as long.
	decoy string
}

func newPasswords(h Hashing) *passwords {
	if h.MemoryKiB == 0 {
		h.MemoryKiB = 19 * 1024
	}
	if h.Passes == 0 {
		h.Passes = 2
	}
	if h.AtOnce == 0 {
		h.AtOnce = runtime.NumCPU()
	}
	p := &passwords{cost: h, gate: make(chan struct{}, h.AtOnce)}
	p.decoy = p.encoded(randomBytes(saltBytes), randomBytes(hashBytes)) // nobody knows its password; hashing one would cost each start 19 MiB
	return p
}

// checkPassword refuses what is too short, too long, or the address itself.
func checkPassword(password, email string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return fault.Errorf(fault.Invalid, "a password has at least %d characters", MinPassword).Because("password_short").On("password")
	case len(password) > maxPassword:
		return fault.Errorf(fault.Invalid, "a password has at most %d bytes", maxPassword).Because("password_long").On("password")
	case strings.EqualFold(password, email):
		return fault.Errorf(fault.Invalid, "the password must not be the e-mail address").Because("password_weak").On("password")
	}
	return nil
}

// hash makes the stored form of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return p.encode(password, randomBytes(saltBytes)), nil
}

// matches compares in constant time; an empty encoded form never matches but takes as long.
func (p *passwords) matches(ctx context.Context, password, encoded string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	known := encoded != ""
	if !known {
		encoded = p.decoy
	}
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("a stored password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("read the parameters of a stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read the salt of a stored password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read a stored password hash: %w", err)
	}
	if len(password) > maxPassword {
		password = ""
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want))) //nolint:gosec // 32
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// encode hashes a password.
func (p *passwords) encode(password string, salt []byte) string {
	return p.encoded(salt, argon2.IDKey([]byte(password), salt, p.cost.Passes, p.cost.MemoryKiB, 1, hashBytes))
}

// encoded writes the PHC string that other programs read too.
func (p *passwords) encoded(salt, sum []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Passes, b64(salt), b64(sum))
}

func (p *passwords) enter(ctx context.Context) error {
	select {
	case p.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
}

func (p *passwords) leave() { <-p.gate }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}
