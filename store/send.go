package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/wa"
)

// Outbox implements send.Store.
type Outbox struct{ DB *DB }

var _ send.Store = Outbox{}

// Country is the workspace's.
func (s Outbox) Country(ctx context.Context, workspace string) (country string, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		err := tx.QueryRow(ctx, `SELECT country FROM workspaces WHERE workspace = $1`, workspace).Scan(&country)
		if IsMissing(err) {
			return nil
		}
		return err
	})
	return country, err
}

// errTaken means that another request with the same key came first: the unit runs again and finds it.
var errTaken = errors.New("store: the idempotency key was taken meanwhile")

// Enqueue writes message, outbox row and event: four statements into a known conversation, five when it is named by its phone.
func (s Outbox) Enqueue(ctx context.Context, workspace string, d send.Draft) (m event.Message, err error) {
	unit := func(tx *Tx) error {
		m, err = enqueue(ctx, tx, workspace, d)
		return err
	}
	for range 3 {
		if err = s.DB.writeMoving(ctx, workspace, unit); !errors.Is(err, errTaken) {
			return m, err
		}
	}
	return m, err
}

func enqueue(ctx context.Context, tx *Tx, workspace string, d send.Draft) (event.Message, error) {
	if d.IdempotencyKey != "" {
		if m, ok, err := repeated(ctx, tx, workspace, d); ok || err != nil {
			return m, err
		}
	}
	conversation, err := target(ctx, tx, workspace, d)
	if err != nil {
		return event.Message{}, err
	}
	row, err := draftRow(ctx, tx, workspace, conversation, d)
	if err != nil {
		return event.Message{}, err
	}
	fresh, err := insertMessage(ctx, tx, workspace, row)
	if err != nil {
		return event.Message{}, err
	}
	if !fresh {
		return event.Message{}, errTaken
	}
	if err := insertWaiting(ctx, tx, workspace, row, d.ExpiresAt, false); err != nil {
		return event.Message{}, err
	}
	return row.Message, appendMessage(ctx, tx, event.MessageQueued, row.Message)
}

// repeated finds the message that an earlier request with the same key made.
func repeated(ctx context.Context, tx *Tx, workspace string, d send.Draft) (event.Message, bool, error) {
	var id, fingerprint string
	err := tx.QueryRow(ctx, `SELECT id, fingerprint FROM messages WHERE workspace = $1 AND author_kind = $2 AND author_id = $3 AND idempotency = $4 AND idempotency <> ''`,
		workspace, string(d.Author.Kind), d.Author.ID, d.IdempotencyKey).Scan(&id, &fingerprint)
	if IsMissing(err) {
		return event.Message{}, false, nil
	}
	if err != nil {
		return event.Message{}, false, err
	}
	m, err := getMessage(ctx, tx, workspace, id)
	if err == nil && (m.Text != d.Text || fingerprint != d.Fingerprint) {
		err = fault.Errorf(fault.Invalid, "this Idempotency-Key was used for another request").Because("idempotency_key_reused")
	}
	return m.Message, err == nil, err
}

// target finds or makes the conversation that a draft goes to.
func target(ctx context.Context, tx *Tx, workspace string, d send.Draft) (string, error) {
	if d.Conversation != "" {
		return d.Conversation, nil
	}
	if d.Phone != "" {
		found, err := knownConversation(ctx, tx, workspace, d)
		if found != "" || err != nil {
			return found, err
		}
	}
	number, err := sendingNumber(ctx, tx, workspace, d.Number)
	if err != nil {
		return "", err
	}
	if d.Phone != "" {
		p, err := locate(ctx, tx, workspace, number, wa.Person{Identity: wa.Identity{Phone: d.Phone}}, false)
		return p.conversation, err
	}
	if err := lockGraph(ctx, tx, workspace); err != nil {
		return "", err
	}
	c, err := getContact(ctx, tx, workspace, d.To)
	if err != nil {
		return "", err
	}
	p, err := openConversation(ctx, tx, workspace, number, c, false)
	return p.conversation, err
}

// knownConversation is the one of a phone with the number that a caller named, or the primary one, when there is one
// already: the usual case; else "".
func knownConversation(ctx context.Context, tx *Tx, workspace string, d send.Draft) (found string, err error) {
	which := `n.id = $3`
	if d.Number == "" {
		which = `n.is_primary = 1 AND $3 = ''`
	}
	err = tx.QueryRow(ctx, `SELECT v.id FROM contact_identities i JOIN conversations v ON v.workspace = i.workspace AND v.contact = i.contact
		JOIN numbers n ON n.workspace = v.workspace AND n.id = v.number
		WHERE i.workspace = $1 AND i.kind = 'phone' AND i.value = $2 AND `+which+` AND `+usable, workspace, string(d.Phone), d.Number).Scan(&found)
	if IsMissing(err) {
		return "", nil
	}
	return found, err
}

// usable is the condition on a number n that may send.
const usable = `n.deleted_at = 0 AND n.state <> 'deleting'`

// sendingNumber is the number that a caller named, or the primary one.
func sendingNumber(ctx context.Context, tx *Tx, workspace, number string) (found string, err error) {
	if number == "" {
		err = tx.QueryRow(ctx, `SELECT n.id FROM numbers n WHERE n.workspace = $1 AND n.is_primary = 1 AND `+usable, workspace).Scan(&found)
		if IsMissing(err) {
			return "", fault.Errorf(fault.Conflict, "this workspace has no primary number yet; add one, or name the number to send from").Because("no_primary_number").On("number")
		}
		return found, err
	}
	err = tx.QueryRow(ctx, `SELECT n.id FROM numbers n WHERE n.workspace = $1 AND n.id = $2 AND `+usable, workspace, number).Scan(&found)
	if IsMissing(err) {
		return "", fault.Errorf(fault.NotFound, "no number %s", number).On("number")
	}
	return found, err
}

// draftRow takes the draft's place at the end of the conversation and makes its row.
func draftRow(ctx context.Context, tx *Tx, workspace, conversation string, d send.Draft) (messageRow, error) {
	row := messageRow{fromMe: true, idempotency: d.IdempotencyKey, fingerprint: d.Fingerprint}
	now := tx.Now()
	row.Message = event.Message{ID: d.ID, WAID: d.WAID, Direction: event.Out, Author: d.Author, Kind: wa.KindText, Text: d.Text,
		Status: event.StatusQueued, Time: clock.FromMillis(now), ExpiresAt: &d.ExpiresAt, Metadata: d.Metadata, ClientRef: d.ClientRef}
	var sends bool // its number was not deleted
	end := func(id string) error {
		return tx.QueryRow(ctx, `UPDATE conversations SET last_message = $3, last_activity = CASE WHEN last_activity >= $4 THEN last_activity + 1 ELSE $4 END
			WHERE workspace = $1 AND id = $2 RETURNING id, number, contact, last_activity,
			EXISTS (SELECT 1 FROM numbers n WHERE n.workspace = conversations.workspace AND n.id = conversations.number AND `+usable+`)`, workspace, id, d.ID, now).
			Scan(&row.Conversation, &row.Number, &row.contact, &row.position, &sends)
	}
	err := end(conversation)
	if IsMissing(err) {
		var into string
		if into, err = mergedInto(ctx, tx, workspace, conversation); err == nil {
			err = end(into)
		}
	}
	if IsMissing(err) {
		return row, fault.Errorf(fault.NotFound, "no conversation %s", conversation)
	}
	if err != nil {
		return row, err
	}
	if !sends {
		return row, fault.Errorf(fault.Conflict, "the number of this conversation was deleted").Because("number_deleted")
	}
	if d.Quoted == "" {
		return row, nil
	}
	return row, quoteOwn(ctx, tx, workspace, d.Quoted, &row)
}

// quoteOwn makes row answer to one of the conversation's messages.
func quoteOwn(ctx context.Context, tx *Tx, workspace, quoted string, row *messageRow) error {
	held, err := getMessage(ctx, tx, workspace, quoted)
	if err == nil && held.Conversation != row.Conversation {
		err = fault.Errorf(fault.NotFound, "no message %s", quoted)
	}
	if err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return f.On("quoted")
		}
		return err
	}
	row.quote(wa.Quote{ID: held.WAID, FromMe: held.fromMe, Text: held.Text}, &held)
	return nil
}

// insertWaiting puts a message at the end of its number's queue.
// unclear says that it may have arrived under its id already.
func insertWaiting(ctx context.Context, tx *Tx, workspace string, m messageRow, expires time.Time, unclear bool) error {
	_, err := tx.Later(ctx, `INSERT INTO outbox (workspace, id, message, number, conversation, position, state, unclear, expires_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9)`,
		workspace, id.New(), m.ID, m.Number, m.Conversation, m.position, unclear, clock.Millis(expires), tx.Now())
	return err
}

// Requeue puts a settled message back. check sees it as it is and names the WhatsApp id and the expiry.
func (s Outbox) Requeue(ctx context.Context, workspace, message string, check func(send.Settled) (string, time.Time, error)) (m event.Message, err error) {
	err = s.DB.writeMoving(ctx, workspace, func(tx *Tx) error {
		row, err := getMessage(ctx, tx, workspace, message)
		if err != nil {
			return err
		}
		if !row.fromMe {
			return fault.Errorf(fault.Conflict, "only a message of ours can be sent again").Because("not_ours")
		}
		settled := send.Settled{Status: row.Status, WAID: row.WAID, FailedAt: clock.FromMillis(row.failedAt), Author: row.Author}
		if row.Failure != nil {
			settled.Failure = row.Failure.Code
		}
		waID, expires, err := check(settled)
		if err != nil {
			return err
		}
		if _, err := sendingNumber(ctx, tx, workspace, row.Number); err != nil {
			return err
		}
		row, err = scanMessage(tx.QueryRow(ctx, `UPDATE messages SET status = 'queued', wa_id = $4, failure_code = '', failure_text = '', failed_at = 0, expires_at = $5
			WHERE workspace = $1 AND id = $2 AND status = $3 RETURNING `+messageColumns, workspace, message, string(row.Status), waID, clock.Millis(expires)))
		if err != nil {
			return err
		}
		if row.position, err = endOf(ctx, tx, workspace, row.Conversation); err != nil {
			return err
		}
		if err := insertWaiting(ctx, tx, workspace, row, expires, settled.Status == event.StatusUnknown); err != nil {
			return err
		}
		m = row.Message
		return appendMessage(ctx, tx, event.MessageQueued, m)
	})
	return m, err
}

// endOf takes the next place at the end of a conversation.
func endOf(ctx context.Context, tx *Tx, workspace, conversation string) (position int64, err error) {
	err = tx.QueryRow(ctx, `UPDATE conversations SET last_activity = CASE WHEN last_activity >= $3 THEN last_activity + 1 ELSE $3 END
		WHERE workspace = $1 AND id = $2 RETURNING last_activity`, workspace, conversation, tx.Now()).Scan(&position)
	if IsMissing(err) {
		return 0, errMoved
	}
	return position, err
}

// Positions tells where messages stand in the queues of their numbers.
func (s Outbox) Positions(ctx context.Context, workspace string, messages []string) (found map[string]send.Position, err error) {
	found = make(map[string]send.Position, len(messages))
	if len(messages) == 0 {
		return found, nil
	}
	var q query
	q.and("o.workspace = %s", workspace)
	ids := make([]any, len(messages))
	for i, m := range messages {
		ids[i] = m
	}
	q.and("o.message IN ("+strings.Repeat(", %s", len(ids))[2:]+")", ids...)
	const earlier = `p.workspace = o.workspace AND p.position <= o.position AND (p.position < o.position OR p.id < o.id)`
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT o.message, o.number, o.state, o.next_at, o.attempts,
				(SELECT count(*) FROM outbox p WHERE `+earlier+` AND p.number = o.number),
				(SELECT count(*) FROM outbox p WHERE `+earlier+` AND p.conversation = o.conversation),
				(SELECT p.next_at FROM outbox p WHERE p.workspace = o.workspace AND p.conversation = o.conversation ORDER BY p.position, p.id LIMIT 1),
				CASE WHEN `+established("o")+` THEN 0 ELSE `+reachoutUntil("o")+` END
			FROM outbox o`+q.conditions(), q.args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var message, state string
			var p send.Position
			var nextAt, headAt, held int64
			if err := rows.Scan(&message, &p.Number, &state, &nextAt, &p.Attempts, &p.Ahead, &p.AheadHere, &headAt, &held); err != nil {
				return err
			}
			p.Sending, p.NextAt, p.FirstAt = state == "sending", clock.FromMillis(nextAt), clock.FromMillis(headAt)
			p.HeldUntil = clock.FromMillis(held)
			found[message] = p
		}
		return rows.Err()
	})
	return found, err
}

// Queue counts a workspace's outbox.
func (s Outbox) Queue(ctx context.Context, workspace string) (q send.Queue, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		var oldest int64
		now := tx.Now()
		if err := tx.QueryRow(ctx, `SELECT count(*), COALESCE(MIN(created_at), 0) FROM outbox WHERE workspace = $1`, workspace).Scan(&q.Waiting, &oldest); err != nil {
			return err
		}
		if q.Waiting > 0 {
			q.OldestAge = max(0, time.Duration(now-oldest)*time.Millisecond)
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE workspace = $1 AND failed_at > $2 AND failed_at > 0`, workspace, now-24*hour).Scan(&q.Failed24h)
	})
	return q, err
}
