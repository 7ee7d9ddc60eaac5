// Package media is the media servers of the simulated network: what a client uploads,
// downloads and deletes over HTTP beside its websocket.
//
// It is for pictures, documents and the history that a phone hands to a new companion.
// It stores only ciphertext, as the real servers do; the keys travel inside messages.
// It is not a message store, and it never looks into what it holds.
//
// Invariants: a body is known by the SHA-256 of its ciphertext and is stored once; a large
// body lies in an unlinked temporary file, never whole in memory; a Store forgets
// everything with Close.
//
// The shapes (paths, parameters, answers, key derivation) are those that the open source
// client go.mau.fi/whatsmeow speaks: upload.go, download.go, mediaconn.go. They are
// written down in docs/protocol/media-and-history.md.
package media

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Host is the name under which clients are told to reach the media servers. A client that is
// redirected to the simulator dials the simulator for every name.
const Host = "mmg.whatsapp.net"

// MaxBody is the largest upload accepted, in bytes. The real limit is not known here; this one only
// keeps a test from filling the disk.
const MaxBody = 1 << 30

// Auth is the secret that a client is given with its media connection and must show to upload or delete.
const Auth = "sim"

// Store holds uploaded bodies. The zero value is ready to use; it is safe for concurrent use.
type Store struct {
	mu      sync.Mutex
	bodies  map[string]*spool
	trouble Trouble
	counts  Counts
}

// Trouble is what goes wrong with every request until it is set back to its zero value.
type Trouble struct {
	// Status, if not 0, is answered instead of doing the work, for example 403, 404, 410 (final for a client) or 500 (it tries again).
	Status int
	// Delay is waited before each answer.
	Delay time.Duration
	// Cut ends a download in the middle of the body.
	Cut bool
}

// Counts says how often each thing was done since the start, without the requests that Trouble answered.
type Counts struct {
	Uploads, Downloads, Deletes int
	Bodies                      int   // held now
	Bytes                       int64 // held now
}

// SetTrouble changes what goes wrong from the next request on.
func (s *Store) SetTrouble(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// Trouble returns what goes wrong now.
func (s *Store) Trouble() Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

// Counts returns the counters.
func (s *Store) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := s.counts
	counts.Bodies = len(s.bodies)
	for _, body := range s.bodies {
		counts.Bytes += body.size
	}
	return counts
}

// Reference is where a body lies and how to read it: the fields that travel inside a message.
type Reference struct {
	DirectPath    string
	MediaKey      []byte // 32 bytes
	FileSHA256    []byte // of the plain content
	FileEncSHA256 []byte // of the stored body: ciphertext and its 10-byte MAC
	FileLength    uint64 // of the plain content, in bytes
}

// Put encrypts what write writes, as a phone would, and stores it. The plain content is never held whole.
// An error of write is returned as it is.
func (s *Store) Put(kind Kind, write func(io.Writer) error) (Reference, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return Reference{}, fmt.Errorf("media key: %w", err)
	}
	body := &spool{}
	sealer, err := newSealer(body, kind, key)
	if err != nil {
		return Reference{}, err
	}
	if err := errors.Join(write(sealer), sealer.Close()); err != nil {
		return Reference{}, errors.Join(err, body.Close())
	}
	ref := sealer.reference(key)
	ref.DirectPath = directPath(kind, s.keep(body, ref.FileEncSHA256))
	return ref, nil
}

// Get decrypts a body as the receiver of a message would. It fails when the body is gone or does not match the reference.
func (s *Store) Get(kind Kind, ref Reference) ([]byte, error) {
	body := s.body(token(ref.FileEncSHA256))
	if body == nil {
		return nil, fmt.Errorf("no media at %s", ref.DirectPath)
	}
	raw, err := io.ReadAll(body.Reader())
	if err != nil {
		return nil, fmt.Errorf("read media: %w", err)
	}
	return unseal(kind, ref, raw)
}

// Close forgets every body.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, body := range s.bodies {
		errs = append(errs, body.Close())
	}
	s.bodies = nil
	return errors.Join(errs...)
}

// keep stores a body under its hash and returns its token. A body that is already there is kept once.
func (s *Store) keep(body *spool, encSHA256 []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := token(encSHA256)
	if _, known := s.bodies[key]; known {
		_ = body.Close() // the same content is already here
		return key
	}
	if s.bodies == nil {
		s.bodies = make(map[string]*spool)
	}
	s.bodies[key] = body
	return key
}

func (s *Store) body(token string) *spool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[token]
}

func (s *Store) drop(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.bodies[token]
	delete(s.bodies, token) // a download that runs still holds the spool; its file ends with the last reader
	s.counts.Deletes++
	return known
}

// token is how a body is named in paths: URL-safe base64 of the SHA-256 of the stored bytes.
func token(encSHA256 []byte) string { return base64.URLEncoding.EncodeToString(encSHA256) }

// directPath must start with a slash and contain a question mark: the client appends "&hash=".
func directPath(kind Kind, token string) string {
	return fmt.Sprintf("/mms/%s/%s?ccb=11-4", kind, token)
}
