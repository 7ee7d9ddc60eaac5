package app

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// contentPolicy allows the app's own files and nothing else: no foreign scripts, no inline scripts, no framing.
const contentPolicy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
	"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// webUI serves the built web interface out of files. Paths without a file are pages of the app and get index.html;
// files under assets/ carry a hash in their name and may be kept for a year.
type webUI struct {
	files fs.FS
	index []byte
}

// newWebUI takes the built app, or the placeholder when there is none.
func newWebUI(dist fs.FS, placeholder []byte) *webUI {
	index, err := fs.ReadFile(dist, "index.html")
	if err != nil {
		index = placeholder
	}
	return &webUI{files: dist, index: index}
}

func (u *webUI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", contentPolicy)
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if data, err := fs.ReadFile(u.files, name); err == nil && name != "index.html" {
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
		return
	}
	if strings.HasPrefix(name, "assets/") {
		http.NotFound(w, r)
		return
	}
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader(u.index))
}
