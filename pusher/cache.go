package pusher

import "time"

// cached is the last event of a cache channel.
type cached struct {
	frame   []byte
	data    string
	expires time.Time
}

// rememberLocked keeps frame as the channel's last event for CacheTTL. When the
// app has too many cached channels, the one that would expire first is forgotten.
func (h *hub) rememberLocked(name string, frame []byte, data string) {
	if _, known := h.cache[name]; !known && len(h.cache) >= h.srv.opt.Limits.CachedChannels {
		oldest := ""
		for n, e := range h.cache {
			if oldest == "" || e.expires.Before(h.cache[oldest].expires) {
				oldest = n
			}
		}
		delete(h.cache, oldest)
	}
	h.cache[name] = cached{frame, data, h.srv.opt.Clock.Now().Add(h.srv.opt.CacheTTL)}
}

// cachedLocked returns the channel's last event, if it has one that has not expired.
func (h *hub) cachedLocked(name string) (cached, bool) {
	e, ok := h.cache[name]
	return e, ok && e.expires.After(h.srv.opt.Clock.Now())
}

func cacheMiss(channel string) []byte {
	return message{Event: "pusher:cache_miss", Channel: channel}.frame()
}
