package number

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/wa"
)

// List returns the workspace's numbers, the primary first, then by age.
func (s *Service) List(ctx context.Context, workspace string) ([]Number, error) {
	return s.store.List(ctx, workspace)
}

// Get returns one number. Fault NotFound.
func (s *Service) Get(ctx context.Context, workspace, id string) (Number, error) {
	return s.store.Get(ctx, workspace, id)
}

// Create makes a number in state created. Faults Invalid, TooLarge, and Conflict with reason "plan_limit".
func (s *Service) Create(ctx context.Context, workspace string, d Draft) (Number, error) {
	if d.Provider == "" {
		d.Provider = ProviderWeb
	}
	if d.Provider != ProviderWeb {
		return Number{}, fault.Errorf(fault.Invalid, "there is no provider %q here", d.Provider).On("provider")
	}
	if len(d.Metadata) == 0 {
		d.Metadata = json.RawMessage(`{}`)
	}
	if err := checkDraft(d.Name, d.Proxy, d.Metadata); err != nil {
		return Number{}, err
	}
	return s.store.Create(ctx, Number{Workspace: workspace, ID: id.New(), Name: d.Name, Provider: d.Provider, Proxy: d.Proxy, Metadata: d.Metadata})
}

func checkDraft(name, proxy string, metadata json.RawMessage) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := checkProxy(proxy); err != nil {
		return err
	}
	return event.CheckMetadata(metadata)
}

// Update renames, changes the proxy or replaces the metadata. Faults NotFound, Invalid, TooLarge.
func (s *Service) Update(ctx context.Context, workspace, id string, c Change) (Number, error) {
	if c.Name != nil {
		if err := checkName(*c.Name); err != nil {
			return Number{}, err
		}
	}
	if c.Proxy != nil {
		if err := checkProxy(*c.Proxy); err != nil {
			return Number{}, err
		}
	}
	if err := event.CheckMetadata(c.Metadata); err != nil {
		return Number{}, err
	}
	n, err := s.store.Update(ctx, workspace, id, c)
	if err != nil {
		return n, err
	}
	s.tell(id, func(r *runner) { r.changed(n) })
	return n, nil
}

// changed takes what a person changed; with another proxy the number connects again.
func (r *runner) changed(n Number) {
	r.mu.Lock()
	n.State, n.Epoch = r.number.State, r.ref.Epoch
	moved := r.number.Proxy != n.Proxy
	r.number = n
	r.mu.Unlock()
	if moved && r.on && !r.dialing && r.due.resumeAt.IsZero() && !r.pairingOpen() {
		r.drop()
		r.move(Transition{State: Connecting, Cause: CausePerson})
		r.connectAt(0)
	}
}

// Connect enables a linked number and connects it; it also ends a hold after replaced. Faults: Conflict ("not_linked") when
// it must be paired first, Conflict ("temporary_ban") while connecting would make a ban worse.
func (s *Service) Connect(ctx context.Context, workspace, id string) (Number, error) {
	return s.act(ctx, workspace, id, func(r *runner) error {
		if r.on && r.due.resumeAt.IsZero() {
			r.attempts = 0
			if r.up.IsZero() && !r.dialing {
				r.connectAt(0)
			}
			return nil
		}
		r.begin(CausePerson)
		return nil
	})
}

// Restart disconnects and connects again at once. Faults as Connect.
func (s *Service) Restart(ctx context.Context, workspace, id string) (Number, error) {
	return s.act(ctx, workspace, id, func(r *runner) error {
		r.drop()
		r.attempts = 0
		r.begin(CausePerson)
		return nil
	})
}

// act orders something of a number that may connect.
func (s *Service) act(ctx context.Context, workspace, id string, fn func(*runner) error) (Number, error) {
	n, err := s.store.Get(ctx, workspace, id)
	if err != nil {
		return n, err
	}
	switch {
	case n.State == Deleting:
		return n, fault.Errorf(fault.Conflict, "this number is being deleted").Because("deleting")
	case n.State == Paused && n.Until.After(s.clock.Now()):
		return n, fault.Errorf(fault.Conflict, "WhatsApp has paused this account until %s; connecting now would make it worse",
			n.Until.Format("2006-01-02 15:04 MST")).Because("temporary_ban").After(n.Until.Sub(s.clock.Now()))
	case !n.Paired || !n.State.linked():
		return n, fault.Errorf(fault.Conflict, "this number is not linked to a phone; pair it first").Because("not_linked")
	}
	if err := s.order(ctx, n, fn); err != nil {
		return n, err
	}
	return s.store.Get(ctx, workspace, id)
}

// Disconnect takes the number off and keeps it off, also after a restart. Its device stays linked. It cancels an open pairing.
func (s *Service) Disconnect(ctx context.Context, workspace, id string) (Number, error) {
	if err := s.CancelPairing(ctx, workspace, id); err != nil {
		return Number{}, err
	}
	n, err := s.store.Get(ctx, workspace, id)
	if err != nil || !n.State.linked() {
		return n, err
	}
	off := false
	t := Transition{State: Paused, Cause: CausePerson, Enabled: &off}
	if n.State == Paused && n.Until.After(s.clock.Now()) {
		t.Code, t.Until = n.Code, n.Until // a ban goes on while the number is off
	}
	if r := s.runner(id); r != nil {
		err := r.do(ctx, func(r *runner) error { r.end(t); return nil })
		if err == nil {
			waitFor(r.done, stopTimeout)
			return s.store.Get(ctx, workspace, id)
		} else if err != errEnded {
			return n, err
		}
	}
	return s.store.Move(ctx, wa.NumberRef{Workspace: workspace, ID: id}, t)
}

// SetPrimary makes the number the one that sends when a caller names none.
func (s *Service) SetPrimary(ctx context.Context, workspace, id string) (Number, error) {
	return s.store.SetPrimary(ctx, workspace, id)
}

var errOffline = fault.Errorf(fault.Unavailable, "this number is not connected").Because("number_offline")

// link returns a connected number's link.
func (s *Service) link(ctx context.Context, workspace, id string) (link wa.Link, err error) {
	r := s.runner(id)
	if r == nil || r.ref.Workspace != workspace {
		return nil, errOffline
	}
	err = r.do(ctx, func(r *runner) error {
		if r.up.IsZero() {
			return errOffline
		}
		link = r.link
		return nil
	})
	if err == errEnded {
		err = errOffline
	}
	return link, err
}

// MarkRead sends read receipts through a connected number. Fault Unavailable when it is not connected here.
func (s *Service) MarkRead(ctx context.Context, workspace, id string, contact wa.Identity, ids []string) error {
	link, err := s.link(ctx, workspace, id)
	if err != nil {
		return err
	}
	return link.MarkRead(ctx, contact, ids)
}

// SetTyping shows or hides "typing…" at a contact. Fault Unavailable when the number is not connected here.
func (s *Service) SetTyping(ctx context.Context, workspace, id string, contact wa.Identity, on bool) error {
	link, err := s.link(ctx, workspace, id)
	if err != nil {
		return err
	}
	return link.SetTyping(ctx, contact, on)
}
