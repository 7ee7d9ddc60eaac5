package send

import (
	"errors"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/wa"
)

// The failure codes. They are API.
const (
	FailureExpired   = "expired"         // its time was over before its turn came
	FailureRejected  = "rejected"        // WhatsApp refused it
	FailureNoAccount = "no_account"      // the recipient is not on WhatsApp
	FailureLocked    = "reachout_locked" // WhatsApp does not let the number open new chats now (463)
	FailureHeld      = "reachout_held"   // so it was not tried, and its time is over before WhatsApp's lock is
	FailureNotSent   = "not_sent"        // it could not be handed over, try after try
	FailureUnclear   = "unclear"         // it may have left; nobody confirmed it
)

// Expired is why a message failed whose time was over.
func Expired() event.Failure {
	return event.Failure{Code: FailureExpired, Message: "The message waited too long and was not sent."}
}

// Held is why a message to a new contact failed without being tried: WhatsApp's lock on new chats outlasts it.
func Held(until time.Time) event.Failure {
	return event.Failure{Code: FailureHeld, Message: fmt.Sprintf("WhatsApp does not let this number write to new contacts until %s, which is after this message's time. It was not sent, so that the lock does not get longer.",
		until.UTC().Format("2006-01-02 15:04 MST"))}
}

// Unclear is why nobody can say whether a message was sent.
func Unclear() event.Failure {
	return event.Failure{Code: FailureUnclear, Message: "The message may have been sent, but WhatsApp has not confirmed it. Look at the phone before you send it again."}
}

// explain turns an error of a link into what a person should know. The error itself may name internals and is not shown.
func explain(err error) event.Failure {
	switch wa.OutcomeOf(err) {
	case wa.NoAccount:
		return event.Failure{Code: FailureNoAccount, Message: "This phone number is not on WhatsApp."}
	case wa.Locked:
		return event.Failure{Code: FailureLocked, Message: "WhatsApp does not let this number write to new contacts at the moment (463). Chats with people who answered go on. Trying again makes it worse, so Sapa does not."}
	case wa.Rejected:
		return event.Failure{Code: FailureRejected, Message: "WhatsApp refused the message" + codeOf(err) + "."}
	case wa.NotSent:
		return event.Failure{Code: FailureNotSent, Message: "The message could not be handed to WhatsApp after several tries."}
	default:
		return Unclear()
	}
}

func codeOf(err error) string {
	var s *wa.SendError
	if errors.As(err, &s) && s.Code != "" {
		return fmt.Sprintf(" (%s)", s.Code)
	}
	return ""
}
