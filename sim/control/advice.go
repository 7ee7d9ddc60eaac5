package control

import (
	"errors"
	"net/http"

	"github.com/sapa-chat/sapa/sim"
)

// advice says what to do about what the network refuses. It is read only.
var advice = []struct {
	err error
	do  string
}{
	{sim.ErrQRExpired, "let the client show a new code and scan that one"},
	{sim.ErrNoOffer, "let the client ask for a pairing code for exactly this phone number, then enter that"},
	{sim.ErrBusy, "wait until it has ended, or let the client start again"},
	{sim.ErrRefused, "the passkey setting or the knob refuse_pairing says so; turn it back and scan again"},
	{sim.ErrNoCompanion, "GET /control/v1/accounts lists the companions of each account"},
}

// refusal is a 422 with the network's own words and what to do.
func refusal(err error) *problem {
	text := err.Error()
	for _, a := range advice {
		if errors.Is(err, a.err) {
			text += ": " + a.do
			break
		}
	}
	return &problem{http.StatusUnprocessableEntity, "network", text}
}
