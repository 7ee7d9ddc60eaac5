package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Source says where the master key is. The first that is set counts: Value, Credential,
// File, DefaultFile. A key is written as base64 of its 32 bytes (openssl rand -base64 32).
type Source struct {
	// Value is the key itself, as an environment variable gives it.
	Value string
	// Credential is the path of a credential that the service manager hands over ($CREDENTIALS_DIRECTORY/NAME with systemd).
	Credential string
	// File is the path of a key file.
	File string
	// Create makes the file, with mode 0600, when it does not exist. Set it only for a database that is new as well.
	Create bool
}

// Origin tells where a master key came from.
type Origin struct {
	From    string // "value", "credential" or "file"
	Path    string // of the credential or file
	Created bool   // the file was made just now: tell the operator to keep a copy
	Exposed bool   // the file (never a credential) can be read by other users than its owner
}

// DefaultFile is $XDG_CONFIG_HOME/sapa/master.key, or what stands for that folder on other systems.
func DefaultFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fault.Errorf(fault.Invalid, "there is no home folder to keep the master key in: give its value, a credential or a file").Because("no_master_key")
	}
	return filepath.Join(dir, "sapa", "master.key"), nil
}

// Load finds the master key, or makes it. Errors: fault.NotFound with reason
// no_master_key when the file does not exist and Create is not set; fault.Invalid when it is not a key.
func Load(s Source) (*Key, Origin, error) {
	switch {
	case s.Value != "":
		k, err := Parse(s.Value)
		return k, Origin{From: "value"}, err
	case s.Credential != "":
		return read("credential", s.Credential)
	}
	path := s.File
	if path == "" {
		var err error
		if path, err = DefaultFile(); err != nil {
			return nil, Origin{}, err
		}
	}
	k, from, err := read("file", path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, from, err
	}
	if !s.Create {
		return nil, from, fault.Errorf(fault.NotFound, "the master key %s does not exist; restore it, or name another place", path).Because("no_master_key")
	}
	return create(path)
}

// Parse reads a key as text.
func Parse(text string) (*Key, error) {
	text = strings.TrimSpace(text)
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := e.DecodeString(text); err == nil && len(raw) == KeySize {
			return KeyOf(raw)
		}
	}
	return nil, fault.Errorf(fault.Invalid, "the master key must be base64 of %d bytes; make one with: openssl rand -base64 32", KeySize).Because("malformed_master_key")
}

// Text is the key as Parse reads it. It is the secret itself.
func (k *Key) Text() string { return base64.StdEncoding.EncodeToString(k.raw[:]) }

func read(from, path string) (*Key, Origin, error) {
	o := Origin{From: from, Path: path}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, o, fmt.Errorf("seal: master key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && from == "file" { // who may read a credential is the service manager's care
		o.Exposed = info.Mode().Perm()&0o077 != 0
	}
	k, err := Parse(string(text))
	return k, o, err
}

// create lets the first of two concurrent creators win.
func create(path string) (*Key, Origin, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, Origin{}, fmt.Errorf("seal: master key: %w", err)
	}
	err := write(path, NewKey())
	k, o, readErr := read("file", path)
	o.Created = err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, o, fmt.Errorf("seal: master key: %w", err)
	}
	return k, o, readErr
}

// write puts the key on the disk whole, or fails when path exists.
func write(path string, k *Key) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(k.Text() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// Next is the key that is to replace the one in the file at path. It is made once, at
// path.next, so that a change which was interrupted goes on with the same key.
func Next(path string) (*Key, error) {
	k, _, err := Load(Source{File: path + ".next", Create: true})
	return k, err
}

// Promote puts the key of Next in the place of the one at path, which stays as path.previous: backups from before still need it.
func Promote(path string) error {
	err := os.Rename(path, path+".previous")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("seal: %w", err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return nil
}
