package web

import (
	"context"
	"sync"
	"time"
)

// How long a QR code is shown: the first of six 60 s, every other 20 s (whatsmeow qrchan.go, as WhatsApp Web does).
const (
	firstCode = 60 * time.Second
	nextCode  = 20 * time.Second
)

// codes shows the QR codes of one pairing one after another.
type codes struct {
	life time.Duration // of every code; 0: as WhatsApp Web does

	mu   sync.Mutex
	end  context.CancelFunc
	over bool
}

// start shows every code for its time and then says that none is left. It replaces what was shown before.
func (s *codes) start(ctx context.Context, texts []string, show func(text string, life time.Duration), expired func()) (run func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil {
		s.end()
	}
	ctx, s.end = context.WithCancel(ctx)
	if s.over {
		s.end()
	}
	return func() {
		for i, text := range texts {
			life := s.lifeOf(i, len(texts))
			if ctx.Err() != nil {
				return
			}
			show(text, life)
			t := time.NewTimer(life)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return
			}
		}
		expired()
	}
}

func (s *codes) lifeOf(i, of int) time.Duration {
	switch {
	case s.life > 0:
		return s.life
	case i == 0 && of == 6:
		return firstCode
	default:
		return nextCode
	}
}

// stop shows no more codes, for good.
func (s *codes) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.end != nil {
		s.end()
	}
}
