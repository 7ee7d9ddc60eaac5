package inbox

import (
	"context"
	"log/slog"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/wa"
)

// Service takes what arrives and shows what is there. Safe for concurrent use.
type Service struct {
	store Store
	links Links
	live  event.Live
	clock clock.Clock
	log   *slog.Logger
}

// Links reaches the number's link, where it runs on this installation. Errors are faults when the number is not connected.
type Links interface {
	// MarkRead sends read receipts for messages of one contact.
	MarkRead(ctx context.Context, workspace, number string, contact wa.Identity, ids []string) error
	// SetTyping shows or hides "typing…" at the contact.
	SetTyping(ctx context.Context, workspace, number string, contact wa.Identity, on bool) error
}

// Options are what a Service may be given besides its store. Without Links and Live nothing is shown to contacts and screens live.
type Options struct {
	Links Links
	Live  event.Live
	Clock clock.Clock
	Log   *slog.Logger
}

// New makes a Service.
func New(store Store, o Options) *Service {
	s := &Service{store: store, links: o.Links, live: o.Live, clock: o.Clock, log: o.Log}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Connect sets the way to the links after construction, because package number needs the inbox first. Call it before anything arrives.
func (s *Service) Connect(links Links) { s.links = links }
