package workspace

import (
	"context"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
)

// Key lets a program act in one workspace, within its scopes.
type Key struct {
	ID        string
	Workspace string
	Name      string
	// Prefix is the start of the key, enough to recognise it and useless to guess it.
	Prefix    string
	Scopes    []Permission
	CreatedBy string
	CreatedAt time.Time
	// LastUsed is right to a minute; zero means never.
	LastUsed time.Time
}

const (
	keyTouchEvery = time.Minute
	maxKeys       = 100
)

// May reports whether the key holds a scope.
func (k Key) May(p Permission) bool { return slices.Contains(k.Scopes, p) }

// CreateKey makes a key and returns its secret, which is never shown again.
func (s *Service) CreateKey(ctx context.Context, workspace, by, name string, scopes []Permission) (Key, string, error) {
	name, err := parseName(name, "name")
	if err != nil {
		return Key{}, "", err
	}
	clean, err := parseScopes(scopes)
	if err != nil {
		return Key{}, "", err
	}
	held, err := s.store.Keys(ctx, workspace)
	if err != nil {
		return Key{}, "", err
	}
	if len(held) >= maxKeys {
		return Key{}, "", fault.Errorf(fault.Conflict, "a workspace has at most %d API keys; revoke one first", maxKeys).Because("keys_too_many")
	}
	token, _ := newToken()
	secret := KeyPrefix + token
	k := Key{
		ID: id.New(), Workspace: workspace, Name: name, Prefix: secret[:len(KeyPrefix)+6],
		Scopes: clean, CreatedBy: by, CreatedAt: s.clock.Now(),
	}
	return k, secret, s.store.CreateKey(ctx, k, hashToken(secret))
}

func parseScopes(scopes []Permission) ([]Permission, error) {
	if len(scopes) == 0 {
		return nil, fault.Errorf(fault.Invalid, "choose at least one scope").Because("scopes_missing").On("scopes")
	}
	clean := []Permission{}
	for _, p := range scopes {
		if !slices.Contains(Scopes(), p) {
			return nil, fault.Errorf(fault.Invalid, "%q is not a scope", string(p)).Because("scope_unknown").On("scopes")
		}
		if !slices.Contains(clean, p) {
			clean = append(clean, p)
		}
	}
	return clean, nil
}

// Keys lists the workspace's keys, the newest first.
func (s *Service) Keys(ctx context.Context, workspace string) ([]Key, error) {
	return s.store.Keys(ctx, workspace)
}

// RevokeKey ends a key at once on this node and within seconds on every other.
func (s *Service) RevokeKey(ctx context.Context, workspace, key string) error {
	err := s.store.DeleteKey(ctx, workspace, key)
	s.keys.clear()
	return err
}

// AuthenticateKey finds the key that a program sent: no write but once a minute, and at most one read.
func (s *Service) AuthenticateKey(ctx context.Context, secret string) (Key, error) {
	hash := hashToken(secret)
	k, err := s.keys.get(hash, func() (Key, error) { return s.store.KeyByHash(ctx, hash) })
	if missing(err) {
		return Key{}, fault.Errorf(fault.Unauthorized, "this API key is unknown or was revoked").Because("key_unknown")
	}
	if err != nil {
		return Key{}, err
	}
	if now := s.clock.Now(); now.Sub(k.LastUsed) > keyTouchEvery {
		s.keys.drop(hash)
		if err := s.store.TouchKey(ctx, k.Workspace, k.ID, now); err != nil {
			s.log.WarnContext(ctx, "an API key's use was not written down", "key", k.ID, "error", err)
		}
	}
	return k, nil
}
