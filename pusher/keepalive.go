package pusher

import "time"

// keepAlive pings clients that were silent for PingAfter and closes with 4201
// those that stayed silent for PongTimeout after a ping. One pass over all
// sockets takes the place of a timer for each.
func (s *Server) keepAlive(now time.Time) {
	for _, c := range s.allConns() {
		seen := time.Unix(0, c.t.seen.Load())
		pinged := c.pinged.Load()
		switch {
		case pinged != 0 && seen.UnixNano() > pinged:
			c.pinged.Store(0)
		case pinged != 0 && now.Sub(time.Unix(0, pinged)) > s.opt.PongTimeout:
			c.close(CodeNoPong, "no answer to a ping")
		case pinged == 0 && now.Sub(seen) > s.opt.PingAfter:
			c.pinged.Store(now.UnixNano())
			c.send(pingFrame)
		}
	}
}
