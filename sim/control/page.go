package control

import (
	"embed"
	"io/fs"
	"net/http"
)

// files is the page: one document, one style sheet, one script, nothing from elsewhere.
//
//go:embed page
var files embed.FS

func (s *Server) page() {
	sub, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	s.mux.Handle("/control/", http.StripPrefix("/control/", http.FileServerFS(sub)))
	s.mux.HandleFunc("/control", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/control/", http.StatusFound) })
}
