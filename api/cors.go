package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// shared answers preflights: they carry no credentials, so any workspace's origin passes. What the request itself
// may read is decided in [Server.share], when its workspace is known.
func (s *Server) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if r.Method != http.MethodOptions || origin == "" || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		listed, err := s.cfg.Workspaces.AnyOrigin(r.Context(), origin)
		if err != nil {
			writeProblem(w, s.problem(r.Context(), err))
			return
		}
		if !listed {
			writeProblem(w, newProblem(http.StatusForbidden, "forbidden", "origin_unknown", "no workspace lists this origin"))
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Sapa-Workspace, X-CSRF-TOKEN, X-Socket-Id, X-Requested-With")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}

// share lets a page of the workspace's own origins read the answer. Never with credentials: a cookie is for our own pages alone.
func share(w http.ResponseWriter, r *http.Request, origins []string) {
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(origins, strings.ToLower(origin)) {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id, Idempotency-Replayed")
}

// ownPage reports whether the request comes from a page of this installation, or from no page at all.
func (s *Server) ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	settings, err := s.cfg.Workspaces.Settings(r.Context())
	return err == nil && settings.PublicURL != "" && strings.EqualFold(settings.PublicURL, origin)
}
