package number

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// Logout unlinks the device at WhatsApp, as far as it can be reached within Limits.GoodbyeTimeout, and forgets its keys.
func (s *Service) Logout(ctx context.Context, workspace, id string) (Number, error) {
	if err := s.CancelPairing(ctx, workspace, id); err != nil {
		return Number{}, err
	}
	n, err := s.store.Get(ctx, workspace, id)
	if err != nil || n.State == Deleting || n.State == Created {
		return n, err
	}
	s.leave(n.ID, 1)
	defer s.leave(n.ID, -1)
	off := false
	link := s.detach(n.ID)
	if err := s.sayGoodbye(n, link); err != nil {
		return n, err
	}
	return s.store.Move(ctx, wa.NumberRef{Workspace: workspace, ID: id},
		Transition{State: LoggedOut, Cause: CausePerson, Enabled: &off, Unlink: true})
}

// leave counts the logouts of a number that are under way. Between the end of its link and the note of its logout the
// number still looks as if it should run: neither the regular look nor a person may start it then.
func (s *Service) leave(id string, more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving[id] += more; s.leaving[id] == 0 {
		delete(s.leaving, id)
	}
}

// Delete unlinks and removes the number. It is marked in the database first and returns within Limits.DeleteTimeout whatever hangs; what
// could not be finished by then is finished in the background or at the next start. Conversations stay readable.
func (s *Service) Delete(ctx context.Context, workspace, id string) error {
	marked := make(chan error, 1)
	removed := make(chan struct{})
	ctx = context.WithoutCancel(ctx)
	s.work.Go(func() {
		n, err := s.store.MarkDeleting(ctx, workspace, id)
		marked <- err
		if err == nil {
			s.finishDelete(n, removed)
		}
	})
	limit := time.NewTimer(s.limits.DeleteTimeout)
	defer limit.Stop()
	select {
	case err := <-marked:
		if err != nil {
			return err
		}
	case <-limit.C:
		return fmt.Errorf("%w: %w", errDeleteSilent, context.DeadlineExceeded)
	}
	select {
	case <-removed:
	case <-limit.C:
		s.log.Warn("a deletion goes on in the background", "workspace", workspace, "number", id)
	}
	return nil
}

var errDeleteSilent = fault.Errorf(fault.Unavailable, "the database does not answer; nothing was deleted yet").Because("database_unavailable")

// finishDelete does the rest of a deletion beside the caller, once at a time per number. A failure is left to the next look.
func (s *Service) finishDelete(n Number, removed chan<- struct{}) {
	s.mu.Lock()
	busy := s.deleting[n.ID]
	s.deleting[n.ID] = true
	s.mu.Unlock()
	if busy {
		return
	}
	s.work.Go(func() {
		defer func() {
			s.mu.Lock()
			delete(s.deleting, n.ID)
			s.mu.Unlock()
		}()
		if err := s.sayGoodbye(n, s.detach(n.ID)); err != nil {
			s.log.Warn("the keys of a deleted number were not forgotten yet", "number", n.ID, "error", err)
		}
		if err := s.store.Remove(context.Background(), n.Workspace, n.ID); err != nil && fault.CodeOf(err) != fault.NotFound {
			s.log.Warn("a deletion is not finished yet", "workspace", n.Workspace, "number", n.ID, "error", err)
			return
		}
		if removed != nil {
			close(removed)
		}
	})
}

// detach ends the number's runner and takes its link over. Nil when there is none, or when the runner hangs.
func (s *Service) detach(id string) (link wa.Link) {
	r := s.runner(id)
	if r == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.DetachTimeout)
	defer cancel()
	err := r.do(ctx, func(r *runner) error {
		if !r.up.IsZero() {
			link, r.link = r.link, nil
		}
		r.on, r.stop, r.detached = false, true, true
		return nil
	})
	if err != nil {
		r.cancel()
	}
	waitFor(r.done, s.limits.DetachTimeout)
	return link
}

// sayGoodbye unlinks the device, through the link given or one opened for it, and forgets the keys.
func (s *Service) sayGoodbye(n Number, link wa.Link) error {
	if !n.Paired && link == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.GoodbyeTimeout)
	defer cancel()
	if link == nil {
		link = s.openForGoodbye(ctx, n)
	}
	if link == nil {
		return s.provider.Forget(ctx, wa.NumberRef{Workspace: n.Workspace, ID: n.ID})
	}
	defer link.Close()
	return link.Logout(ctx)
}

// openForGoodbye connects a number that is off, only to unlink it. Nil when that does not work in time.
func (s *Service) openForGoodbye(ctx context.Context, n Number) wa.Link {
	up := make(chan struct{}, 1)
	ref := wa.NumberRef{Workspace: n.Workspace, ID: n.ID}
	link, err := s.provider.Open(ctx, wa.Spec{NumberRef: ref, Proxy: n.Proxy, Paired: true}, leaving{receiver{s}, up})
	if err != nil {
		return nil
	}
	leave, err := s.admission.enter(ctx)
	if err == nil {
		defer leave()
		err = link.Connect(ctx)
	}
	if err == nil {
		half := time.NewTimer(s.limits.GoodbyeTimeout / 2)
		defer half.Stop()
		select {
		case <-up:
			return link
		case <-half.C:
		case <-ctx.Done():
		}
	}
	link.Close()
	return nil
}

// leaving receives for a link that is opened only to be unlinked.
type leaving struct {
	receiver
	up chan<- struct{}
}

// Signal implements [wa.Receiver].
func (l leaving) Signal(_ context.Context, _ wa.NumberRef, s wa.Signal) {
	if s.Kind == wa.SignalConnected {
		select {
		case l.up <- struct{}{}:
		default:
		}
	}
}
