package pusher

import (
	"context"
	"time"
)

// drainTick is the length of one slice of a drain.
const drainTick = 100 * time.Millisecond

// Drain refuses new sockets with 4100 (come back in a second) and closes the open
// ones with 4200, spread evenly over window: pusher-js reconnects without jitter
// and authorises every channel again, so closing all at once would be a storm.
// When ctx ends, what is left is closed at once. It returns when all sockets have ended.
func (s *Server) Drain(ctx context.Context, window time.Duration) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	spread(ctx, s.allConns(), window, "the server restarts")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for s.live > 0 {
		s.idle.Wait()
	}
}

// Close is a Drain without a window.
func (s *Server) Close() { s.Drain(context.Background(), 0) }

// CloseApp closes all sockets of an app with 4200, spread over window, for example
// after its secret changed: clients connect again and are authorised anew. reason is
// told with the close, in up to 123 bytes. It returns when the last was told; when ctx
// ends, what is left is closed at once.
func (s *Server) CloseApp(ctx context.Context, appID, reason string, window time.Duration) {
	if h := s.knownHub(appID); h != nil {
		spread(ctx, h.sockets(), window, reason)
	}
}

// spread closes conns with 4200 in even slices over window.
func spread(ctx context.Context, conns []*conn, window time.Duration, reason string) {
	slices := max(1, int(window/drainTick))
	tick := time.NewTicker(drainTick)
	defer tick.Stop()
	for i := range slices {
		for _, c := range conns[i*len(conns)/slices : (i+1)*len(conns)/slices] {
			c.close(CodeReconnect, reason)
		}
		if i == slices-1 || ctx.Err() != nil {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
