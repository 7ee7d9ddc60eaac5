package media

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Handler serves the media servers:
//
//	POST   /mms/{kind}/{token}?auth=..&token=..   upload; answers {"url","direct_path","handle","object_id"}
//	GET    /mms/{kind}/{token}?..                 download, by the direct path of an upload
//	DELETE /mms/{kind}/{token}?auth=..&d_md=..    forget, as a client does with a history it has read
//
// The token is the URL-safe base64 of the SHA-256 of the body. A wrong auth is 401, a body that does not match its
// token 400, a missing one 404.
func (s *Store) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /mms/{kind}/{token}", s.upload)
	mux.HandleFunc("GET /mms/{kind}/{token}", s.download)
	mux.HandleFunc("DELETE /mms/{kind}/{token}", s.delete)
	return s.troubled(mux)
}

// troubled lets the knob act before anything else.
func (s *Store) troubled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trouble := s.Trouble()
		if trouble.Delay > 0 {
			timer := time.NewTimer(trouble.Delay)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
		}
		if trouble.Status != 0 {
			http.Error(w, "the simulated media server was told to fail", trouble.Status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Store) upload(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	body := &spool{}
	hash := sha256.New()
	_, err := io.Copy(io.MultiWriter(body, hash), http.MaxBytesReader(w, r.Body, MaxBody))
	if err == nil && token(hash.Sum(nil)) != r.PathValue("token") {
		err = errors.New("the token is not the SHA-256 of the body")
	}
	if err != nil {
		_ = body.Close() // the reason of the failure is the other error
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key := s.keep(body, hash.Sum(nil))
	s.count(func(c *Counts) { c.Uploads++ })
	path := directPath(Kind(r.PathValue("kind")), key)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{ // the client is gone if this fails
		"url": "https://" + Host + path, "direct_path": path, "handle": key, "object_id": key,
	})
}

func (s *Store) download(w http.ResponseWriter, r *http.Request) {
	body := s.body(r.PathValue("token"))
	if body == nil {
		http.Error(w, "no such media", http.StatusNotFound)
		return
	}
	s.count(func(c *Counts) { c.Downloads++ })
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(body.size))
	from := io.Reader(body.Reader())
	if s.Trouble().Cut {
		from = io.LimitReader(from, body.size/2)
	}
	_, _ = io.Copy(w, from) // a client that went away is no trouble of ours
	if s.Trouble().Cut {
		panic(http.ErrAbortHandler) // closes the connection, so that the client sees an unexpected end
	}
}

func (s *Store) delete(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	s.drop(r.PathValue("token"))
	w.WriteHeader(http.StatusOK)
}

func (s *Store) allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Query().Get("auth") == Auth {
		return true
	}
	http.Error(w, "the auth of the media connection is missing or wrong", http.StatusUnauthorized)
	return false
}

func (s *Store) count(change func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counts)
}
