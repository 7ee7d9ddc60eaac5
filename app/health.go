package app

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
)

// health answers /healthz (the process lives) and /readyz (it can do its work, and is not stopping).
type health struct {
	database func(context.Context) error // whether it answers
	writing  func() (idle time.Duration, trouble error)
	draining atomic.Bool
}

// stalledAfter is how long nothing may have been written: six times as long as the node's lease goes without a renewal.
const stalledAfter = 30 * time.Second

func (h *health) live(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if why := h.unready(r.Context()); why != "" {
		answer(w, http.StatusServiceUnavailable, why)
		return
	}
	answer(w, http.StatusOK, "ready")
}

// unready says why this program cannot do its work, or "".
func (h *health) unready(ctx context.Context) string {
	if h.draining.Load() {
		return "stopping"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if h.database(ctx) != nil {
		return "the database does not answer"
	}
	idle, trouble := h.writing()
	switch {
	case trouble != nil:
		return "the database takes no writes: " + fault.ReasonOf(trouble)
	case idle > stalledAfter:
		return "the database takes no writes: nothing was written for " + idle.Truncate(time.Second).String()
	}
	return ""
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text})
}
