package control

import (
	"encoding/json"
	"time"

	"github.com/sapa-chat/sapa/sim/media"
)

var healthyMedia media.Trouble

// mediaDocs are the knobs of the media servers, which belong to the network as a whole.
var mediaDocs = map[string]string{
	"media_status": "answer every media request with this HTTP status: 403, 404 and 410 are final for a client, 500 is tried again",
	"media_delay":  "delay every media request",
	"media_cut":    "cut downloads in the middle",
}

func (s *Server) mediaFaults() []Fault {
	t := s.media.Trouble()
	return []Fault{
		{Name: "media_status", Type: "number", Doc: mediaDocs["media_status"], Value: t.Status, Set: t.Status != 0},
		{Name: "media_delay", Type: "duration", Doc: mediaDocs["media_delay"], Value: Duration(t.Delay), Set: t.Delay != 0},
		{Name: "media_cut", Type: "switch", Doc: mediaDocs["media_cut"], Value: t.Cut, Set: t.Cut},
	}
}

func (s *Server) setMediaFault(name string, raw json.RawMessage) error {
	t := s.media.Trouble()
	var err error
	switch name {
	case "media_status":
		if err = strict(raw, &t.Status); err == nil && t.Status != 0 && (t.Status < 200 || t.Status > 599) {
			err = invalid("%d is no HTTP status: use one from 200 to 599", t.Status)
		}
	case "media_delay":
		delay := Duration(t.Delay)
		err = strict(raw, &delay)
		t.Delay = time.Duration(delay)
	case "media_cut":
		err = strict(raw, &t.Cut)
	}
	if err == nil {
		s.media.SetTrouble(t)
	}
	return err
}

func (s *Server) clearMediaFault(name string) error {
	healthy := map[string]json.RawMessage{"media_status": []byte("0"), "media_delay": []byte("0"), "media_cut": []byte("false")}
	return s.setMediaFault(name, healthy[name])
}
