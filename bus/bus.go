// Package bus carries small signals between the parts of a program and between nodes.
//
// Fire and forget: a signal may be lost, and whoever needs certainty reads the database.
// It is no queue and no memory; nothing is stored and nothing is acknowledged. Signals of
// one publisher reach one subscription in the order they were published.
package bus

import (
	"context"
	"strings"
)

// MaxPayload bounds a signal in bytes.
const MaxPayload = 64 << 10

// Signal is what a subscription hears.
type Signal struct {
	Subject string
	Payload []byte
}

// Handler takes one signal after the other of its subscription. Until it returns, later
// signals wait in a bounded queue; what does not fit is lost.
type Handler func(ctx context.Context, s Signal)

// Bus publishes and subscribes. Subjects are tokens separated by dots, such as
// "number.qr.01J...". In the pattern of a subscription, "*" stands for one token and a
// last ">" for one or more.
type Bus interface {
	// Publish hands a signal to whoever listens now, the publisher's own node included. Errors: a malformed subject, a payload over MaxPayload, a closed bus.
	Publish(ctx context.Context, subject string, payload []byte) error
	// Subscribe calls handle for every signal that matches until the returned function is called, which waits for a handler under way (do not call it from the handler).
	Subscribe(pattern string, handle Handler) (cancel func(), err error)
}

// Match says whether a subject fits a pattern.
func Match(pattern, subject string) bool {
	for {
		p, restP, moreP := strings.Cut(pattern, ".")
		s, restS, moreS := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != "*" && p != s:
			return false
		case !moreP || !moreS:
			return moreP == moreS
		}
		pattern, subject = restP, restS
	}
}

// ValidSubject says whether a subject can be published to.
func ValidSubject(subject string) bool { return valid(subject, false) }

// ValidPattern says whether a pattern can be subscribed to.
func ValidPattern(pattern string) bool { return valid(pattern, true) }

func valid(s string, wild bool) bool {
	tokens := strings.Split(s, ".")
	for i, t := range tokens {
		switch {
		case t == "" || strings.ContainsAny(t, " \t\r\n"):
			return false
		case t == ">" && wild && i == len(tokens)-1, t == "*" && wild:
		case strings.ContainsAny(t, "*>"):
			return false
		}
	}
	return true
}
