package send

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/wa"
)

// Enqueue stores a message to be sent and returns it as queued; repeated says that an earlier request with the same key
// made it, and then it is returned as it is now. Faults: Invalid (text, phone, metadata, expiry, idempotency key used for
// another request), TooLarge, NotFound (conversation, contact, number, quoted message), Conflict (no primary number,
// number deleted).
func (s *Service) Enqueue(ctx context.Context, workspace string, r Request) (m event.Message, repeated bool, err error) {
	d, err := s.draft(ctx, workspace, r)
	if err != nil {
		return m, false, err
	}
	if m, err = s.store.Enqueue(ctx, workspace, d); err != nil {
		return m, false, fmt.Errorf("enqueue: %w", err)
	}
	s.Wake(m.Number)
	return m, m.ID != d.ID, nil
}

// draft checks a request and chooses what is chosen before it is stored.
func (s *Service) draft(ctx context.Context, workspace string, r Request) (Draft, error) {
	d := Draft{Request: r, ID: id.New(), WAID: newWAID()}
	if err := check(r); err != nil {
		return d, err
	}
	var err error
	if d.ExpiresAt, err = s.expiry(r); err != nil {
		return d, err
	}
	if len(d.Metadata) == 0 {
		d.Metadata = json.RawMessage("{}")
	}
	if r.Conversation == "" && !id.Valid(r.To) {
		d.Phone, err = s.phone(ctx, workspace, r.To)
	}
	return d, err
}

// phone reads a phone number as people write it: by the workspace's country, unless it names its own.
func (s *Service) phone(ctx context.Context, workspace, to string) (wa.Phone, error) {
	country := ""
	if !strings.HasPrefix(to, "+") {
		var err error
		if country, err = s.store.Country(ctx, workspace); err != nil {
			return "", fmt.Errorf("enqueue: %w", err)
		}
	}
	return wa.ParsePhone(to, country)
}

func check(r Request) error {
	if err := CheckText(r.Text); err != nil {
		return err
	}
	if err := event.CheckMetadata(r.Metadata); err != nil {
		return err
	}
	switch {
	case r.Author.Kind == "":
		return fmt.Errorf("enqueue: a message names its author")
	case r.Conversation == "" && r.To == "":
		return fault.Errorf(fault.Invalid, "say to whom: a phone number or a contact").Because("recipient_missing").On("to")
	case len(r.ClientRef) > maxClientRefBytes:
		return fault.Errorf(fault.Invalid, "client_ref has at most %d bytes", maxClientRefBytes).On("client_ref")
	case len(r.IdempotencyKey) > maxKeyBytes:
		return fault.Errorf(fault.Invalid, "an idempotency key has at most %d bytes", maxKeyBytes).On("Idempotency-Key")
	}
	return nil
}

const (
	maxClientRefBytes = 128
	maxKeyBytes       = 255
)

// expiry is when a message gives up waiting, as exactly as the database keeps it.
func (s *Service) expiry(r Request) (time.Time, error) {
	now := s.clock.Now()
	switch {
	case r.ExpiresAt.IsZero():
		return now.Add(patience(r.Author)).Truncate(time.Millisecond), nil
	case !r.ExpiresAt.After(now):
		return time.Time{}, fault.Errorf(fault.Invalid, "expires_at lies in the past").Because("expiry_past").On("expires_at")
	case r.ExpiresAt.After(now.Add(MaxPatience)):
		return time.Time{}, fault.Errorf(fault.Invalid, "expires_at lies more than %d days ahead", int(MaxPatience.Hours()/24)).Because("expiry_far").On("expires_at")
	}
	return r.ExpiresAt.UTC().Truncate(time.Millisecond), nil
}

func patience(a event.Author) time.Duration {
	if a.Kind == event.AuthorAssistant {
		return AssistantPatience
	}
	return Patience
}

// lockedFor is how long a message that met WhatsApp's lock on new chats may not be tried again: repeating makes the lock longer.
const lockedFor = 24 * time.Hour

// Retry queues a failed or unknown message again, at the end of its conversation. It keeps its WhatsApp id unless WhatsApp
// certainly refused it (docs/adr/0009-outbox.md). Faults: NotFound; Conflict when it has not failed, or, with reason
// reachout_locked and RetryAfter, while retrying would make a restriction worse.
func (s *Service) Retry(ctx context.Context, workspace, message string) (event.Message, error) {
	m, err := s.store.Requeue(ctx, workspace, message, s.again)
	if err != nil {
		return event.Message{}, fmt.Errorf("retry: %w", err)
	}
	s.Wake(m.Number)
	return m, nil
}

// again decides whether a settled message may be sent again, under which WhatsApp id, and until when.
func (s *Service) again(m Settled) (string, time.Time, error) {
	now := s.clock.Now()
	if m.Status != event.StatusFailed && m.Status != event.StatusUnknown {
		return "", time.Time{}, fault.Errorf(fault.Conflict, "the message has not failed: it is %s", m.Status).Because("not_failed")
	}
	if free := m.FailedAt.Add(lockedFor); m.Failure == FailureLocked && now.Before(free) {
		return "", time.Time{}, fault.Errorf(fault.Conflict, "WhatsApp has locked new chats for this number; trying again before %s makes it worse", free.Format(time.RFC3339)).
			Because(FailureLocked).After(free.Sub(now))
	}
	waID := m.WAID
	if m.Status == event.StatusFailed && refused(m.Failure) {
		waID = newWAID()
	}
	return waID, now.Add(patience(m.Author)), nil
}

// refused reports whether WhatsApp itself said no: nothing has arrived under the message's id, which WhatsApp may hold against it.
func refused(failure string) bool {
	return failure == FailureLocked || failure == FailureRejected || failure == FailureNoAccount
}
