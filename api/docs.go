package api

import (
	_ "embed"
	"net/http"
)

//go:embed docs.html
var docsPage []byte

// docsPolicy lets the docs page run its own script and read the document, and nothing from elsewhere.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

func (s *Server) serveDocs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", docsPolicy)
	_, _ = w.Write(docsPage)
}
