package number

import (
	"context"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/event"
)

// outdated is the installation's trouble with its client version: one event for all numbers.
type outdated struct {
	mu        sync.Mutex
	met       bool // by a number, since one was accepted last
	refreshed time.Time
}

// refreshAgain is the least time between two fetches because of a 405.
const refreshAgain = 5 * time.Minute

// alertData is the data of alert.fired and alert.cleared.
type alertData struct {
	Alert   string `json:"alert"`
	Code    string `json:"code"`
	Version string `json:"version,omitempty"`
	Text    string `json:"text"`
}

// clientOutdated is told by every number that WhatsApp refused with 405. The first fetches the version and tells the administrators.
func (s *Service) clientOutdated() {
	s.outdated.mu.Lock()
	first := !s.outdated.met
	due := time.Since(s.outdated.refreshed) > refreshAgain
	s.outdated.met = true
	if due {
		s.outdated.refreshed = time.Now()
	}
	s.outdated.mu.Unlock()
	s.mu.Lock()
	ctx := s.running
	s.mu.Unlock()
	if ctx == nil || (!first && !due) {
		return
	}
	s.work.Go(func() {
		version := s.refresh(ctx)
		s.alert(ctx, true, event.AlertFired, alertData{Alert: CauseOutdated, Code: "405", Version: version,
			Text: "WhatsApp asks for a newer client. The current version was fetched and numbers connect again; if this stays, update the program or set the version by hand."})
	})
}

// clientAccepted is told by every number that logged in.
func (s *Service) clientAccepted() {
	s.outdated.mu.Lock()
	s.outdated.met = false
	s.outdated.mu.Unlock()
	s.mu.Lock()
	ctx := s.running
	s.mu.Unlock()
	if ctx != nil {
		s.work.Go(func() {
			s.alert(ctx, false, event.AlertCleared, alertData{Alert: CauseOutdated, Code: "405", Text: "WhatsApp accepts the client again."})
		})
	}
}

func (s *Service) alert(ctx context.Context, open bool, kind event.Type, data alertData) {
	if err := s.store.Alert(ctx, data.Alert, open, event.Draft{Type: kind, Data: data}); err != nil && ctx.Err() == nil {
		s.log.Error("an event of the installation was not written", "type", kind, "error", err)
	}
}

// recallTimeout is how long a start waits for the kept client version: numbers would rather connect with an older one than not.
const recallTimeout = 5 * time.Second

// recallVersion makes the kept client version the one in use, before anything connects.
func (s *Service) recallVersion(ctx context.Context) {
	p, ok := s.provider.(Refresher)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recallTimeout)
	defer cancel()
	if err := p.RecallVersion(ctx); err != nil {
		s.log.Warn("the kept client version is not used", "error", err)
	}
}

// keepVersion fetches the client version at the start and daily.
func (s *Service) keepVersion(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		s.refresh(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) refresh(ctx context.Context) (version string) {
	p, ok := s.provider.(Refresher)
	if !ok {
		return ""
	}
	version, err := p.RefreshVersion(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Info("WhatsApp's client version could not be refreshed", "in_use", version, "error", err)
	}
	return version
}
