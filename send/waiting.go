package send

import (
	"context"
	"fmt"
	"time"
)

// Waiting tells a person when a message goes and why not sooner.
type Waiting struct {
	Reason WaitReason
	// At is the earliest moment; zero when nobody can say. With WaitBehind it is when the earlier message is tried again.
	At time.Time
	// Attempts made so far; Ahead is how many messages of the number stand before it.
	Attempts int
	Ahead    int
}

// WaitReason says why a queued message has not gone yet.
type WaitReason string

// The reasons, in the order in which they are looked for.
const (
	WaitDone         WaitReason = ""             // nothing waits
	WaitSending      WaitReason = "sending"      // on the wire now
	WaitDisconnected WaitReason = "disconnected" // its number is not ready
	WaitLocked       WaitReason = "locked"       // WhatsApp has locked new chats of the number until At, and the contact has never written to it
	WaitBehind       WaitReason = "behind"       // an earlier message of the same conversation comes first; with At it failed and is tried again
	WaitRetry        WaitReason = "retry"        // the last try failed; the next is at At
	WaitPace         WaitReason = "pace"         // its turn by the number's pace
)

// Waiting tells of messages when they go and why not sooner. Those that do not wait (any more), or are not the
// workspace's, are absent.
func (s *Service) Waiting(ctx context.Context, workspace string, messages ...string) (map[string]Waiting, error) {
	places, err := s.store.Positions(ctx, workspace, messages)
	if err != nil {
		return nil, fmt.Errorf("waiting: %w", err)
	}
	all := make(map[string]Waiting, len(places))
	for message, p := range places {
		all[message] = s.waiting(p)
	}
	return all, nil
}

func (s *Service) waiting(p Position) Waiting {
	w := Waiting{Attempts: p.Attempts, Ahead: p.Ahead}
	n, ready := s.lanes.ready(p.Number)
	now := s.clock.Now()
	switch {
	case p.Sending:
		w.Reason = WaitSending
	case !ready:
		w.Reason = WaitDisconnected
	case p.HeldUntil.After(now):
		w.Reason, w.At = WaitLocked, p.HeldUntil
	case p.AheadHere > 0:
		w.Reason = WaitBehind
		if p.FirstAt.After(now) {
			w.At = p.FirstAt
		}
	case p.NextAt.After(now):
		w.Reason, w.At = WaitRetry, p.NextAt
	default:
		w.Reason, w.At = WaitPace, s.gov.Next(n, now)
	}
	return w
}
