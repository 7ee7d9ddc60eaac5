package control

import (
	"net/http"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/media"
	"github.com/sapa-chat/sapa/sim/picture"
)

// pictures lies below /mms/, because that is what the network hands to its media servers. The real ones have a host of their
// own for pictures (inferred from the addresses that clients log); a client that is redirected dials the simulator for any host.
const pictures = "/mms/picture/"

// files serves profile pictures and, behind them, media.
func (s *Server) files() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/mms/", s.media.Handler())
	mux.HandleFunc("GET "+pictures+"{phone}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture.PNG(r.PathValue("phone"))) // the client is gone if this fails
	})
	return mux
}

func profilePicture(phone string) sim.Picture {
	path := pictures + phone + "?id=" + picture.ID(phone)
	return sim.Picture{ID: picture.ID(phone), URL: "https://" + media.Host + path, DirectPath: path}
}
