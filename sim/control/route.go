package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Route is one entry of the API; GET /control/v1 lists them all.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Doc    string `json:"doc"`
}

// Routes lists the API in the order of the guide.
func (s *Server) Routes() []Route { return s.routes }

const maxJSON = 1 << 20 // bytes of a request

// handle registers one route. In is decoded from the body of a POST, PUT or PATCH; use struct{} for none. The answer is JSON.
func handle[In, Out any](s *Server, method, path, doc string, do func(r *http.Request, in In) (Out, error)) {
	s.routes = append(s.routes, Route{Method: method, Path: path, Doc: doc})
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := decode(r, &in); err != nil {
			fail(w, err)
			return
		}
		out, err := do(r, in)
		if err != nil {
			fail(w, err)
			return
		}
		answer(w, http.StatusOK, out)
	})
}

// decode is strict: a misspelled field is an error that names it.
func decode(r *http.Request, in any) error {
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxJSON))
	if err != nil {
		return invalid("the request is larger than 1 MB or was cut off: %v", err)
	}
	if len(body) == 0 {
		return nil
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/json" && kind != "application/json; charset=utf-8" {
		return invalid("send the header Content-Type: application/json (it was %q)", kind)
	}
	return strict(body, in)
}

func answer(w http.ResponseWriter, status int, out any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(out) // the caller is gone if this fails
}

// problem is an error that a person may read: what is wrong and what to do.
type problem struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error is the message.
func (p *problem) Error() string { return p.Message }

func invalid(format string, args ...any) error {
	return &problem{http.StatusBadRequest, "invalid", fmt.Sprintf(format, args...)}
}

func missing(format string, args ...any) error {
	return &problem{http.StatusNotFound, "not_found", fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &problem{http.StatusConflict, "conflict", fmt.Sprintf(format, args...)}
}

func refused(format string, args ...any) error {
	return &problem{http.StatusForbidden, "refused", fmt.Sprintf(format, args...)}
}

// fail writes {"error":{status,code,message}}. What the network refuses is a 422 with the network's own words.
func fail(w http.ResponseWriter, err error) {
	var known *problem
	if !errors.As(err, &known) {
		known = refusal(err)
	}
	answer(w, known.Status, map[string]*problem{"error": known})
}
