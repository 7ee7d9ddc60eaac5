package web

import (
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
)

// Versions keeps WhatsApp's client version for the whole installation: what one start or node has found, the next need not
// ask for, and a start without the internet still speaks a version that WhatsApp takes.
type Versions interface {
	// ClientVersion returns what was kept; "" when nothing was.
	ClientVersion(ctx context.Context) (string, error)
	// KeepClientVersion replaces it.
	KeepClientVersion(ctx context.Context, version string) error
}

// fetchTimeout is how long WhatsApp's page may take.
const fetchTimeout = 20 * time.Second

// RecallVersion uses the kept client version from now on, when it is newer than the one in use and the operator has set none.
func (p *Provider) RecallVersion(ctx context.Context) error {
	if p.payload.override {
		return nil
	}
	kept, err := p.keptVersion(ctx)
	if err == nil {
		p.payload.refresh(kept)
	}
	return err
}

// RefreshVersion asks WhatsApp's page for its client version, uses it for every connect from now on and keeps it. An older
// one than is in use or kept changes nothing; when the operator has set a version, nothing is asked. It returns the version
// in use, also with an error.
func (p *Provider) RefreshVersion(ctx context.Context) (string, error) {
	if p.payload.override {
		return p.payload.current().String(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	latest, err := whatsmeow.GetLatestVersion(ctx, p.direct)
	if err != nil {
		return p.payload.current().String(), fmt.Errorf("ask for the client version: %w", err)
	}
	inUse := p.payload.refresh(*latest)
	if inUse != *latest { // it has fallen behind what we have already
		return inUse.String(), nil
	}
	return inUse.String(), p.keepVersion(ctx, inUse)
}

// keptVersion is what was kept; the zero version, which is older than any, when nothing was.
func (p *Provider) keptVersion(ctx context.Context) (v store.WAVersionContainer, err error) {
	if p.kept == nil {
		return v, nil
	}
	text, err := p.kept.ClientVersion(ctx)
	if err != nil {
		return v, fmt.Errorf("read the kept client version: %w", err)
	}
	if text == "" {
		return v, nil
	}
	if v, err = store.ParseVersion(text); err != nil {
		return store.WAVersionContainer{}, fmt.Errorf("the kept client version: %w", err)
	}
	return v, nil
}

// keepVersion keeps a version, unless another node has kept a newer one.
func (p *Provider) keepVersion(ctx context.Context, latest store.WAVersionContainer) error {
	if p.kept == nil {
		return nil
	}
	kept, err := p.keptVersion(ctx)
	if err != nil {
		p.log.Warn("what was kept of the client version is replaced", "error", err)
	} else if !kept.LessThan(latest) {
		return nil
	}
	if err := p.kept.KeepClientVersion(ctx, latest.String()); err != nil {
		return fmt.Errorf("keep the client version: %w", err)
	}
	return nil
}
