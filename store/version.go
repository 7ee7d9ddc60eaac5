package store

import (
	"context"

	"github.com/sapa-chat/sapa/wa/web"
)

// ClientVersions keeps the client version that was found on one network: a simulator's is of no use to the real WhatsApp.
type ClientVersions struct {
	DB *DB
	// Network is "whatsapp" or "simulator".
	Network string
}

var _ web.Versions = ClientVersions{}

func (s ClientVersions) setting() string { return "client_version." + s.Network }

// ClientVersion implements [web.Versions].
func (s ClientVersions) ClientVersion(ctx context.Context) (string, error) {
	return s.DB.setting(ctx, s.setting())
}

// KeepClientVersion implements [web.Versions].
func (s ClientVersions) KeepClientVersion(ctx context.Context, version string) error {
	return s.DB.setSetting(ctx, s.setting(), version)
}
