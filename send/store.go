package send

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/wa"
)

// Store is what the outbox needs of the database; package store implements it. Every method is one transaction.
type Store interface {
	// Country is the workspace's, by which phone numbers without a prefix are read.
	Country(ctx context.Context, workspace string) (string, error)
	// Enqueue writes message, outbox row and event, creating contact and conversation where To is new.
	Enqueue(ctx context.Context, workspace string, d Draft) (event.Message, error)
	// Requeue puts a settled message back into the outbox; check decides whether it may and under which WhatsApp id.
	Requeue(ctx context.Context, workspace, message string, check func(Settled) (waID string, expires time.Time, err error)) (event.Message, error)
	// Recover takes back rows that an earlier lane of the number left in sending, to be sent again with the same id.
	Recover(ctx context.Context, n wa.NumberRef) (int, error)
	// Step settles claims and takes up to claim of the next rows (0: none), in order, in one commit.
	Step(ctx context.Context, n wa.NumberRef, done []Result, claim int) (Step, error)
	// Expire fails rows of all workspaces whose time is over, and says when the next is due (zero: none).
	Expire(ctx context.Context, limit int) (expired int, next time.Time, err error)
	// Positions tells where messages stand in the queues of their numbers. Those that do not wait (any more) are absent.
	Positions(ctx context.Context, workspace string, messages []string) (map[string]Position, error)
	// Queue counts a workspace's outbox.
	Queue(ctx context.Context, workspace string) (Queue, error)
}

// Draft is a checked request on its way into the database. Ids are chosen already.
type Draft struct {
	Request
	// ID is the message's, WAID its WhatsApp id.
	ID, WAID string
	// Phone is To as a phone number; empty when To is a contact's id.
	Phone wa.Phone
}

// Settled is a message that a person wants to send again.
type Settled struct {
	Status   event.Status
	WAID     string
	Failure  string
	FailedAt time.Time
	Author   event.Author
}

// Claim is a message that this lane alone may send now.
type Claim struct {
	// Row is the outbox row's id.
	Row          string
	Message      string
	Conversation string
	Out          wa.Outgoing
	// Attempt counts from 1.
	Attempt int
	// Unclear is true when an earlier try may have left.
	Unclear bool
	Expires time.Time
}

// Result is what became of a claim.
type Result struct {
	Claim Claim
	// Status is sent, failed or unknown, or queued to try again at RetryAt.
	Status  event.Status
	Sent    wa.Sent
	Failure *event.Failure
	RetryAt time.Time
	// Unclear says that this try may have left, when Status is queued.
	Unclear bool
	// Untried says that there was no try at all, when Status is queued: the row goes back as it was.
	Untried bool
}

// Step is what a lane learned from the database.
type Step struct {
	// Claims are the next messages, to be sent in this order; none when none may go now.
	Claims []Claim
	// Wake is when a row that is held back becomes due, when there are no claims; zero when a signal will tell.
	Wake time.Time
	// Fenced is true when another lease holds the number: the lane must end.
	Fenced bool
}

// Position is where a message stands in the queue.
type Position struct {
	Number  string
	Sending bool
	NextAt  time.Time
	// HeldUntil is when WhatsApp's lock on new chats ends, if it holds the message back; zero when not.
	HeldUntil time.Time
	Attempts  int
	// Ahead counts the earlier rows of the number, AheadHere those of the same conversation.
	Ahead, AheadHere int
	// FirstAt is the NextAt of the first row of the conversation, which holds the others back.
	FirstAt time.Time
}
