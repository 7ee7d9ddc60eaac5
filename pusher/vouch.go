package pusher

import "slices"

// Vouch notes that a socket's subscriptions were authorised on behalf of who: whatever the program that signs knows them
// by, told to nobody. A signature alone does not say whose it is, and Expel has to find their sockets. A socket that is
// not open here is ignored.
func (s *Server) Vouch(appID, socketID, who string) {
	h := s.knownHub(appID)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.conns[socketID]; c != nil && !slices.Contains(c.vouched, who) {
		c.vouched = append(c.vouched, who)
	}
}

// Expel closes all sockets that were vouched for who, at once and with 4009, which pusher-js takes as final: they may not
// come back. The client gets reason as a pusher:error and with the close. It returns how many there were.
func (s *Server) Expel(appID, who, reason string) (n int) {
	h := s.knownHub(appID)
	if h == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		if slices.Contains(c.vouched, who) {
			c.refuse(CodeUnauthorized, reason)
			n++
		}
	}
	return n
}
