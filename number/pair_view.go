package number

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/id"
)

func (r *runner) closePairing(step Step, f *PairingFailure) {
	r.show(func(v *PairingView) {
		v.Open, v.Step, v.Failure, v.QR, v.Code, v.Passkey = false, step, f, nil, "", nil
	})
}

func (r *runner) pairingOpen() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view != nil && r.view.Open
}

// codesShown reports whether WhatsApp has answered an open pairing with its codes.
func (r *runner) codesShown() bool {
	v, ok := r.lastView()
	return ok && v.Open && !r.paired && !v.CodeExpires.IsZero()
}

func (r *runner) lastView() (PairingView, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view == nil {
		return PairingView{}, false
	}
	return *r.view, true
}

func (r *runner) showQuietly(change func(*PairingView)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view == nil {
		r.view = &PairingView{}
	}
	change(r.view)
}

// show changes the pairing's view and tells who listens, without its secrets.
func (r *runner) show(change func(*PairingView)) {
	r.showQuietly(change)
	v, _ := r.lastView()
	r.publish(event.NumberPairing, PairingEvent{Open: v.Open, Method: v.Method, Step: v.Step, Failure: v.Failure})
}

func (r *runner) publish(kind event.Type, data any) {
	encoded, err := json.Marshal(data)
	if err != nil {
		r.log.Error("an event could not be encoded", "type", kind, "error", err)
		return
	}
	r.s.publish(context.WithoutCancel(r.ctx), event.Envelope{ID: id.New(), Type: kind, Time: r.s.clock.Now(),
		Workspace: r.ref.Workspace, Number: r.ref.ID, Data: encoded})
}
