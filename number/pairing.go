package number

import (
	"encoding/json"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// Method is how a number is paired.
type Method string

// The methods.
const (
	MethodQR   Method = "qr"
	MethodCode Method = "code"
)

// Step is how far a pairing is.
type Step string

// The steps, in order. A passkey may be asked for between shown and linking.
const (
	StepWaiting   Step = "waiting" // for WhatsApp's first code
	StepShown     Step = "shown"   // a QR or a code can be used
	StepPasskey   Step = "passkey"
	StepScanned   Step = "scanned"
	StepLinking   Step = "linking"
	StepSyncing   Step = "syncing"
	StepConnected Step = "connected"
	StepFailed    Step = "failed"
)

// PairingView is a snapshot of a number's current or last pairing. It holds secrets while it is open: only for those who may pair.
type PairingView struct {
	// Open is true from the start until connected or failed.
	Open   bool
	Method Method
	Step   Step
	// QR is the code to show, nil when there is none.
	QR *QR
	// Code is the pairing code to type on the phone ("ABCD-EFGH"), with its expiry.
	Code        string
	CodeExpires time.Time
	Passkey     *Passkey
	// Failure says why the pairing ended without a link.
	Failure *PairingFailure
	Limit   PairingLimit

	phone wa.Phone // that a code is for
}

// QR is a code to scan. It is also the data of the live event number.qr.
type QR struct {
	Text      string    `json:"text"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Passkey is what WhatsApp asks of a person who has protected their account with a passkey.
type Passkey struct {
	// Stage is "request" (PublicKey is to be answered by [Service.AnswerPasskey]) or "confirm"
	// (ConfirmationCode is to be compared with the phone, then [Service.ConfirmPasskey]).
	Stage            string          `json:"stage"`
	PublicKey        json.RawMessage `json:"public_key,omitempty"`
	ConfirmationCode string          `json:"confirmation_code,omitempty"`
}

// PairingFailure says why a pairing failed: a stable reason and a sentence for people.
type PairingFailure struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// PairingLimit is how many pairings a workspace may start: Allowed per hour, Remaining now, the next at ResetsAt when none remains.
type PairingLimit struct {
	Allowed   int       `json:"allowed"`
	Remaining int       `json:"remaining"`
	ResetsAt  time.Time `json:"resets_at,omitzero"`
}

// PairingEvent is the data of the live event number.pairing: no code in it.
type PairingEvent struct {
	Open    bool            `json:"open"`
	Method  Method          `json:"method"`
	Step    Step            `json:"step"`
	Failure *PairingFailure `json:"failure,omitempty"`
}
