package number

import (
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// State is where a number is in its life:
//
//	created → pairing → connecting → connected ⇄ degraded → paused | logged_out | banned | replaced | deleting
type State string

// The states. They are API.
const (
	Created    State = "created"    // never paired
	Pairing    State = "pairing"    // a pairing is open
	Connecting State = "connecting" // linked, enabled, and trying to connect
	Connected  State = "connected"
	Degraded   State = "degraded"   // connected, but WhatsApp has stopped answering, or locked new chats (with Until)
	Paused     State = "paused"     // off: a person's wish, a temporary ban (with Until), or a setting that must change first
	LoggedOut  State = "logged_out" // unlinked; only a new pairing helps
	Banned     State = "banned"     // locked or banned by WhatsApp; only a new pairing helps, if anything
	Replaced   State = "replaced"   // the session was opened elsewhere: held until a person chooses
	Deleting   State = "deleting"
)

// The causes. They are API; Number.Text explains them to people.
const (
	CausePerson         = "person"          // a person did it here
	CausePairingEnded   = "pairing_ended"   // a pairing ended without a link
	CausePaired         = "paired"          // just linked
	CauseStart          = "start"           // the program (or the number) was started
	CauseConnectionLost = "connection_lost" // the socket was closed
	CauseUnreachable    = "unreachable"     // WhatsApp, or the proxy, could not be reached
	CauseProxy          = wa.ProxyForbidden // the proxy is in a network where none may be
	CauseNoLife         = "no_life"         // no frame, ack or answer for too long
	CauseRefused        = "refused"         // WhatsApp refused for a passing reason; Code says which
	CauseStoreFailure   = "store_failure"   // the database failed: the connection was closed before anything could be lost
	CauseOutdated       = "client_outdated" // 405: the installation's client version is too old
	CauseMisconfigured  = "misconfigured"   // WhatsApp refused for a reason that only a change here mends
	CauseTemporaryBan   = "temporary_ban"
	CauseReachout       = "reachout_timelock" // WhatsApp lets the number write only to people who have written to it, until Until
	CauseRemoved        = "device_removed"    // unlinked on the phone, or by WhatsApp
	CauseLocked         = "locked"            // 403: WhatsApp locked the account, or the phone was switched
	CauseBanned         = "banned"            // 406
	CauseReplaced       = "session_replaced"
	CauseInstallation   = "installation_full" // no memory for another connection
)

// Transition is a change of state about to be written.
type Transition struct {
	State State
	Cause string
	Code  string
	Text  string
	Until time.Time
	// Enabled changes what a person wants, Reachout the lock on new chats, when set.
	Enabled  *bool
	Reachout *Reachout
	// Person is written where it says anything: phone, LID and push name of the account.
	Person wa.Person
	// Unlink says that the phone may be linked elsewhere from now on.
	Unlink bool
}

// StateEvent is the data of event number.state.
type StateEvent struct {
	State    State      `json:"state"`
	Previous State      `json:"previous"`
	Cause    string     `json:"cause"`
	Code     string     `json:"cause_code,omitempty"`
	Text     string     `json:"text,omitempty"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	Name     string     `json:"name"`
	Phone    wa.Phone   `json:"phone,omitempty"`
	Enabled  bool       `json:"enabled"`
}

// NewStateEvent makes the event of a number that left state previous.
func NewStateEvent(n Number, previous State) StateEvent {
	e := StateEvent{State: n.State, Previous: previous, Cause: n.Cause, Code: n.Code, Text: n.Text, Since: n.Since,
		Name: n.Name, Phone: n.Phone, Enabled: n.Enabled}
	if !n.Until.IsZero() {
		e.Until = &n.Until
	}
	return e
}

// Apply writes the transition into n, except Since, and reports whether anything that an event tells has changed.
func (t Transition) Apply(n *Number) (changed bool) {
	before := *n
	n.State, n.Cause, n.Code, n.Text, n.Until = t.State, t.Cause, t.Code, t.Text, t.Until
	if t.Enabled != nil {
		n.Enabled = *t.Enabled
	}
	if t.Reachout != nil {
		n.Reachout = *t.Reachout
	}
	if t.Person.Phone != "" {
		n.Phone = t.Person.Phone
	}
	if t.Person.LID != "" {
		n.LID = t.Person.LID
	}
	if t.Person.PushName != "" {
		n.PushName = t.Person.PushName
	}
	return before.State != n.State || before.Cause != n.Cause || before.Code != n.Code || !before.Until.Equal(n.Until) ||
		before.Enabled != n.Enabled || before.Phone != n.Phone
}

// linked reports whether WhatsApp still counts this device as the phone's.
func (s State) linked() bool {
	switch s {
	case Connecting, Connected, Degraded, Paused, Replaced:
		return true
	default:
		return false
	}
}
