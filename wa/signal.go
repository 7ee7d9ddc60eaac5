package wa

import (
	"encoding/json"
	"time"
)

// SignalKind names a fact about the link between a number and WhatsApp.
type SignalKind string

// The signals, in the order of a number's life.
const (
	SignalQR              SignalKind = "qr"               // a code to show; QR and Expires are set
	SignalQRExpired       SignalKind = "qr_expired"       // no code left: the pairing ended unused
	SignalPasskeyRequest  SignalKind = "passkey_request"  // WhatsApp demands a passkey; Passkey holds the WebAuthn options
	SignalPasskeyConfirm  SignalKind = "passkey_confirm"  // Code is to be compared with the phone; empty when no comparison is needed
	SignalPairing         SignalKind = "pairing"          // scanned; the phone is linking
	SignalPaired          SignalKind = "paired"           // Person and Device are set; WhatsApp now asks to reconnect
	SignalPairFailed      SignalKind = "pair_failed"      // Cause and Text say why
	SignalSyncing         SignalKind = "syncing"          // history or offline messages arrive; Progress 0..100
	SignalConnected       SignalKind = "connected"        // logged in and able to send
	SignalDisconnected    SignalKind = "disconnected"     // the socket is gone; reconnecting makes sense
	SignalSilent          SignalKind = "silent"           // a keepalive was not answered
	SignalAlive           SignalKind = "alive"            // keepalives are answered again
	SignalFailure         SignalKind = "failure"          // connecting was refused for a passing reason; Code is WhatsApp's
	SignalMisconfigured   SignalKind = "misconfigured"    // refused for a reason that only a change of ours mends (409, 413, 414, 415, 418 …)
	SignalOutdated        SignalKind = "outdated"         // 405: the client version is too old, for every number of the installation
	SignalReplaced        SignalKind = "replaced"         // the same session was opened elsewhere
	SignalLoggedOut       SignalKind = "logged_out"       // unlinked (401); the device's keys are worthless now
	SignalLocked          SignalKind = "locked"           // 403: WhatsApp locked the account, or the phone was switched
	SignalBanned          SignalKind = "banned"           // 406, or 402 with Until: temporary ban, Code 101…106
	SignalReachoutLocked  SignalKind = "reachout_locked"  // new chats are locked until Until
	SignalReachoutRefused SignalKind = "reachout_refused" // a message to Person was refused (463): new chats are locked, or this one is
	SignalReachoutFreed   SignalKind = "reachout_freed"   // the lock ended
	SignalPushName        SignalKind = "push_name"        // Person.PushName changed
	SignalIdentityChanged SignalKind = "identity_changed" // a contact re-installed WhatsApp
)

// Signal is one fact about the link, with WhatsApp's own words where it gave any.
type Signal struct {
	Kind SignalKind
	// Code is WhatsApp's raw code ("401", "101"), Cause our stable word for it ("device_removed"), Text a sentence for people.
	Code  string
	Cause string
	Text  string
	// Until is when a restriction ends; zero when unknown or none.
	Until time.Time
	// QR is the text of the code, a secret while it lives; Expires its end.
	QR      string
	Expires time.Time
	Passkey json.RawMessage
	// Person is the account behind the number, or the contact of SignalIdentityChanged and SignalReachoutRefused.
	Person Person
	// Device is the companion's device number on the account.
	Device   int
	Progress int
}
