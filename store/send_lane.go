package store

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/send"
	"github.com/sapa-chat/sapa/wa"
)

// fenced says whether another lease holds the number.
func fenced(err error) bool { return fault.ReasonOf(err) == "lease_lost" }

// Recover takes back rows that an earlier lane left in sending.
func (s Outbox) Recover(ctx context.Context, n wa.NumberRef) (count int, err error) {
	err = s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		count = 0
		if err := tx.Fence(ctx, n.ID, n.Epoch); err != nil {
			return err
		}
		rows, err := tx.Exec(ctx, `UPDATE outbox SET state = 'queued', next_at = 0, unclear = 1 WHERE workspace = $1 AND number = $2 AND state = 'sending'`, n.Workspace, n.ID)
		count = int(rows)
		return err
	})
	return count, err
}

// Step settles claims and takes the next, in one commit. What became of a message that was
// sent is written even when another lease holds the number by now: it is true.
func (s Outbox) Step(ctx context.Context, n wa.NumberRef, done []send.Result, claim int) (step send.Step, err error) {
	err = s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		step = send.Step{}
		if err := settleAll(ctx, tx, n, done); err != nil || claim == 0 {
			return err
		}
		err := tx.Fence(ctx, n.ID, n.Epoch)
		if fenced(err) {
			step.Fenced = true
			return nil
		}
		if err != nil {
			return err
		}
		return claimNext(ctx, tx, n, claim, &step)
	})
	return step, err
}

// settleAll writes what became of claims, in their order.
func settleAll(ctx context.Context, tx *Tx, n wa.NumberRef, done []send.Result) error {
	for _, r := range done {
		if err := settle(ctx, tx, n, r); err != nil {
			return err
		}
	}
	return nil
}

// settle writes what became of a claim.
func settle(ctx context.Context, tx *Tx, n wa.NumberRef, r send.Result) error {
	if r.Status == event.StatusQueued {
		return putBack(ctx, tx, n, r)
	}
	// The message before its row, as a receipt takes them, so that the two never wait for each other.
	if err := finish(ctx, tx, n.Workspace, r.Claim.Message, r.Status, r.Failure); err != nil {
		return err
	}
	if _, err := tx.Later(ctx, `DELETE FROM outbox WHERE workspace = $1 AND id = $2`, n.Workspace, r.Claim.Row); err != nil {
		return err
	}
	if r.Failure != nil && r.Failure.Code == send.FailureLocked {
		return restNewChats(ctx, tx, n)
	}
	if r.Status != event.StatusSent || r.Sent.To.LID == "" || r.Sent.To.LID == r.Claim.Out.To.LID {
		return nil
	}
	_, err := identify(ctx, tx, n.Workspace, wa.Person{Identity: merged(r.Claim.Out.To, r.Sent.To)}, false, false)
	return err
}

// merged is an identity with what a provider learned while sending.
func merged(known, learned wa.Identity) wa.Identity {
	if learned.Phone == "" {
		learned.Phone = known.Phone
	}
	return learned
}

// finished is the event of each state in which a send ends.
var finished = map[event.Status]event.Type{
	event.StatusSent:    event.MessageSent,
	event.StatusFailed:  event.MessageFailed,
	event.StatusUnknown: event.MessageUnknown,
}

// finish ends a message's way out, unless a receipt was quicker.
func finish(ctx context.Context, tx *Tx, workspace, message string, status event.Status, f *event.Failure) error {
	var failedAt int64
	if f == nil {
		f = &event.Failure{}
	} else {
		failedAt = tx.Now()
	}
	m, err := scanMessage(tx.QueryRow(ctx, `UPDATE messages SET status = $3, failure_code = $4, failure_text = $5, failed_at = $6, expires_at = 0
		WHERE workspace = $1 AND id = $2 AND status IN ('queued', 'sending') RETURNING `+messageColumns,
		workspace, message, string(status), f.Code, f.Message, failedAt))
	if IsMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return appendMessage(ctx, tx, finished[status], m.Message)
}

// putBack returns a claim to the queue, to be tried again later; only the lease that claimed it may.
func putBack(ctx context.Context, tx *Tx, n wa.NumberRef, r send.Result) error {
	tries := 0
	if r.Untried {
		tries = 1
	}
	_, err := tx.Later(ctx, `UPDATE outbox SET state = 'queued', next_at = $4, unclear = CASE WHEN $5 = 1 THEN 1 ELSE unclear END, attempts = attempts - $6
		WHERE workspace = $1 AND id = $2 AND state = 'sending' AND epoch = $3`,
		n.Workspace, r.Claim.Row, n.Epoch, clock.Millis(r.RetryAt), r.Unclear, tries)
	return err
}

// claimNext takes the first rows of the number that may go, in order: due, with nothing before them in their conversation
// that may not, and not held back by WhatsApp's lock on new chats. A row whose time is over, or will be before that lock is,
// is ended at once; so is one that a receipt has settled.
func claimNext(ctx context.Context, tx *Tx, n wa.NumberRef, most int, step *send.Step) error {
	for again := false; ; {
		now := tx.Now()
		if err := claimRows(ctx, tx, n, most, now); err != nil {
			return err
		}
		rows, err := claimed(ctx, tx, n, now)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			var waiting bool
			step.Wake, waiting, err = nextDue(ctx, tx, n, now)
			if err != nil || !waiting || again || !step.Wake.IsZero() {
				return err
			}
			again = true // a receipt has just taken away what they waited for, and nothing else would tell
			continue
		}
		for _, r := range rows {
			if ok, err := r.fit(ctx, tx, n.Workspace, now); err != nil {
				return err
			} else if ok {
				step.Claims = append(step.Claims, r.Claim)
			}
		}
		if len(step.Claims) > 0 {
			return nil
		}
	}
}

func claimRows(ctx context.Context, tx *Tx, n wa.NumberRef, most int, now int64) error {
	const earlier = `FROM outbox p WHERE p.workspace = o.workspace AND p.conversation = o.conversation
		AND (p.position < o.position OR (p.position = o.position AND p.id < o.id))`
	_, err := tx.Later(ctx, `UPDATE outbox SET state = 'sending', attempts = attempts + 1, epoch = $3 WHERE workspace = $1 AND id IN (
			SELECT o.id FROM outbox o WHERE o.workspace = $1 AND o.number = $2 AND o.state = 'queued' AND o.next_at <= $4
			AND CASE WHEN `+reachoutUntil("o")+` <= $4 OR `+established("o")+`
				THEN NOT EXISTS (SELECT 1 `+earlier+` AND (p.state <> 'queued' OR p.next_at > $4))
				ELSE o.expires_at <= `+reachoutUntil("o")+` AND NOT EXISTS (SELECT 1 `+earlier+`) END
			ORDER BY o.position, o.id LIMIT $5)`, n.Workspace, n.ID, n.Epoch, now, most)
	return err
}

// claimedRow is a row that was just claimed, with its message.
type claimedRow struct {
	send.Claim
	status event.Status
	held   int64 // until when WhatsApp's lock on new chats holds it back; 0: it does not
}

// claimed reads the rows of this lease that are in sending, which are those of the claim just made.
func claimed(ctx context.Context, tx *Tx, n wa.NumberRef, now int64) ([]claimedRow, error) {
	rows, err := tx.Query(ctx, `SELECT o.id, o.message, o.conversation, o.attempts, o.unclear, o.expires_at,
			CASE WHEN `+reachoutUntil("o")+` <= $4 OR `+established("o")+` THEN 0 ELSE `+reachoutUntil("o")+` END, m.status, `+outgoingColumns+`
		FROM outbox o JOIN messages m ON m.workspace = o.workspace AND m.id = o.message JOIN contacts c ON c.workspace = m.workspace AND c.id = m.contact
		WHERE o.workspace = $1 AND o.number = $2 AND o.state = 'sending' AND o.epoch = $3 ORDER BY o.position, o.id`, n.Workspace, n.ID, n.Epoch, now)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []claimedRow
	for rows.Next() {
		var r claimedRow
		var unclear, expires int64
		r.Out, err = scanOutgoing(rows, &r.Row, &r.Message, &r.Conversation, &r.Attempt, &unclear, &expires, &r.held, &r.status)
		if err != nil {
			return nil, err
		}
		r.Expires, r.Unclear = clock.FromMillis(expires), unclear == 1
		all = append(all, r)
	}
	return all, rows.Err()
}

// fit says whether a claimed row may be sent, and ends it when not.
func (r claimedRow) fit(ctx context.Context, tx *Tx, workspace string, now int64) (bool, error) {
	inTime := clock.Millis(r.Expires) > now
	switch {
	case r.status != event.StatusQueued && r.status != event.StatusSending:
		_, err := tx.Exec(ctx, `DELETE FROM outbox WHERE workspace = $1 AND id = $2`, workspace, r.Row)
		return false, err
	case !inTime || r.held > 0:
		return false, expire(ctx, tx, workspace, r.Row, r.Message, r.Unclear, whyNot(inTime, r.held))
	}
	return true, nil
}

// reachoutUntil is when WhatsApp's lock on new chats ends, for the number of an outbox row.
func reachoutUntil(outbox string) string {
	return `COALESCE((SELECT r.reachout_until FROM numbers r WHERE r.workspace = ` + outbox + `.workspace AND r.id = ` + outbox + `.number), 0)`
}

// established says whether an outbox row goes to somebody who has written to the number: the lock is not about them.
func established(outbox string) string {
	return `EXISTS (SELECT 1 FROM messages i WHERE i.workspace = ` + outbox + `.workspace AND i.conversation = ` + outbox + `.conversation AND i.from_me = 0)`
}

// whyNot is why a row ends without being sent: its time is over, or will be before the lock on new chats is.
func whyNot(inTime bool, held int64) event.Failure {
	if inTime && held > 0 {
		return send.Held(clock.FromMillis(held))
	}
	return send.Expired()
}

// bridge is how long new chats rest, at least, from the moment that a refusal is written: until package number has decided
// how long they do, or nothing would keep the lane from the next one.
const bridge = time.Minute

// restNewChats holds messages to new contacts back after WhatsApp has refused one.
func restNewChats(ctx context.Context, tx *Tx, n wa.NumberRef) error {
	_, err := tx.Exec(ctx, `UPDATE numbers SET reachout_until = $3, reachout_code = '463' WHERE workspace = $1 AND id = $2 AND reachout_until < $3`,
		n.Workspace, n.ID, tx.Now()+bridge.Milliseconds())
	return err
}

// nextDue is when the first row that is held back becomes due, or the lock on new chats ends (zero: nothing is held back),
// and whether anything waits at all.
func nextDue(ctx context.Context, tx *Tx, n wa.NumberRef, now int64) (_ time.Time, waiting bool, err error) {
	var at, rows int64
	err = tx.QueryRow(ctx, `SELECT COALESCE(MIN(CASE WHEN due > $3 THEN due END), 0), count(*) FROM (
			SELECT CASE WHEN o.next_at > $3 THEN o.next_at ELSE `+reachoutUntil("o")+` END AS due FROM outbox o WHERE o.workspace = $1 AND o.number = $2 AND o.state = 'queued'
		) AS held`, n.Workspace, n.ID, now).Scan(&at, &rows)
	return clock.FromMillis(at), rows > 0, err
}

// expire ends a row whose time is over. One that may have left is unknown, not failed.
func expire(ctx context.Context, tx *Tx, workspace, row, message string, unclear bool, f event.Failure) error {
	gone, err := tx.Exec(ctx, `DELETE FROM outbox WHERE workspace = $1 AND id = $2`, workspace, row)
	if err != nil || gone == 0 {
		return err
	}
	status := event.StatusFailed
	if unclear {
		status, f = event.StatusUnknown, send.Unclear()
	}
	return finish(ctx, tx, workspace, message, status, &f)
}
