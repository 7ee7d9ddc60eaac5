package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/wa"
)

// Provider opens links; wa/web and its siblings implement it.
type Provider interface {
	// Open makes a link, not connected yet. It reports to r.
	Open(ctx context.Context, spec wa.Spec, r wa.Receiver) (wa.Link, error)
	// Forget deletes what the provider keeps of the number: its device keys.
	Forget(ctx context.Context, n wa.NumberRef) error
}

// Refresher is a provider whose client version WhatsApp may call outdated.
type Refresher interface {
	// RecallVersion uses what an earlier RefreshVersion has kept.
	RecallVersion(ctx context.Context) error
	// RefreshVersion asks WhatsApp for its current client version, uses it from the next connect on, and keeps it.
	// It returns the version in use, also with an error.
	RefreshVersion(ctx context.Context) (version string, err error)
}

// Inbox takes what arrives: the part of [wa.Receiver] that is about messages. Package inbox implements it.
type Inbox interface {
	Message(ctx context.Context, n wa.NumberRef, m wa.Incoming) error
	Receipt(ctx context.Context, n wa.NumberRef, r wa.Receipt) error
	History(ctx context.Context, n wa.NumberRef, past []wa.Incoming) error
	Typing(ctx context.Context, n wa.NumberRef, t wa.Typing)
	Learned(ctx context.Context, n wa.NumberRef, people []wa.Person) error
	SentText(ctx context.Context, n wa.NumberRef, messageID string) (wa.Outgoing, bool, error)
}

// Observer is told when a number is ready to send and when it no longer is. Its methods return soon.
type Observer interface {
	Ready(n wa.NumberRef, link wa.Link)
	Gone(n wa.NumberRef)
}

// Leases says under which name this node runs numbers and whether it still may.
type Leases interface {
	// Node is this node's name, Epoch that of the lease it holds.
	Node() string
	Epoch() int64
	// Lost is closed when the node could not renew its lease: its numbers must stop at once.
	Lost() <-chan struct{}
}

// Store is what this package needs of the database; package store implements it. Every method is one transaction.
type Store interface {
	List(ctx context.Context, workspace string) ([]Number, error)
	// Get returns one number, or fault NotFound.
	Get(ctx context.Context, workspace, id string) (Number, error)
	// Create stores a number with its event. The workspace's first becomes primary. Fault Conflict with reason
	// "plan_limit" when the workspace has as many as its plan allows.
	Create(ctx context.Context, n Number) (Number, error)
	Update(ctx context.Context, workspace, id string, c Change) (Number, error)
	SetPrimary(ctx context.Context, workspace, id string) (Number, error)
	// Move writes a state with its event, if the epoch is still the number's (0: whatever it is) and it is not being deleted.
	// Nothing is written when state, cause, code and until are as they were. Fault Conflict with reason "lease_lost" or "deleting" else.
	Move(ctx context.Context, n wa.NumberRef, t Transition) (Number, error)
	// Touch records activity and, when known, the account.
	Touch(ctx context.Context, n wa.NumberRef, at time.Time, p wa.Person) error
	// MarkDeleting is the first step of a deletion; Remove the last: the number is gone from lists, its messages stay.
	MarkDeleting(ctx context.Context, workspace, id string) (Number, error)
	Remove(ctx context.Context, workspace, id string) error
	// Admit reserves the phone for the number; fault Conflict with reason "phone_already_linked" while another linked number holds it.
	Admit(ctx context.Context, n wa.NumberRef, phone wa.Phone) error
	// Holder is the number that holds a phone, in whatever workspace.
	Holder(ctx context.Context, phone wa.Phone) (n Number, ok bool, err error)

	// StartPairing counts one pairing if fewer than allowed were started since; ok is false when not.
	StartPairing(ctx context.Context, workspace, id string, allowed int, window time.Duration) (limit PairingLimit, ok bool, err error)
	PairingLimit(ctx context.Context, workspace string, allowed int, window time.Duration) (PairingLimit, error)

	// Waiting lists numbers of all workspaces that this node should run or finish deleting: enabled, linked or being paired
	// or being deleted, held by no other live node, and not known. It asks known again at will.
	Waiting(ctx context.Context, node string, known func(id string) bool) ([]Number, error)
	// Claim takes the number for the node's lease and returns it with that epoch; fault Conflict when another live node holds it.
	Claim(ctx context.Context, workspace, id, node string, epoch int64) (Number, error)
	// Release gives it back, if the epoch is still its.
	Release(ctx context.Context, n wa.NumberRef) error
	// Alert opens or closes an alert of the installation, writing d for it. It does nothing when the alert is so already,
	// whoever opened or closed it: the alert is one for all nodes, and outlives them.
	Alert(ctx context.Context, name string, open bool, d event.Draft) error
}
