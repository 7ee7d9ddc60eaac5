// Package fault holds the errors that a person or a program outside may read.
//
// A handful of codes, one sentence each, and a stable reason for machines. Any
// other error is internal: its text goes to the log and never to a user. The
// domain says what went wrong; the API maps codes to HTTP in one place.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Code says what kind of thing went wrong.
type Code string

// The codes. Internal is what every error without a fault is.
const (
	Invalid      Code = "invalid"      // the request cannot be right as it is
	Unauthorized Code = "unauthorized" // nobody is logged in, or the login is wrong
	Forbidden    Code = "forbidden"    // logged in, but not allowed
	NotFound     Code = "not_found"    // no such thing here, or it belongs to another workspace
	Conflict     Code = "conflict"     // the thing is in a state in which this cannot be done
	Gone         Code = "gone"         // it existed and no longer does
	TooLarge     Code = "too_large"
	Limited      Code = "limited"     // too often; see RetryAfter
	Unavailable  Code = "unavailable" // passing trouble: try again
	Internal     Code = "internal"
)

// Error is an error with a text for people.
type Error struct {
	Code Code
	// Reason is a stable snake_case word for programs, such as "phone_already_linked"; empty means the code says it all.
	Reason string
	// Message is one sentence that says what happened and, where it can, what to do.
	Message string
	// Field names the part of the input that is wrong, in the API's spelling.
	Field string
	// RetryAfter says when another try makes sense; 0 means unknown.
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Message }

// Is lets errors.Is match on code and, when the target has one, reason.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Reason == "" || t.Reason == e.Reason)
}

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Because is e with a machine-readable reason. Like On and After it leaves e as it is, which may be a value that many share.
func (e *Error) Because(reason string) *Error { c := *e; c.Reason = reason; return &c }

// On is e with the field that is wrong.
func (e *Error) On(field string) *Error { c := *e; c.Field = field; return &c }

// After is e with the time until another try makes sense.
func (e *Error) After(d time.Duration) *Error { c := *e; c.RetryAfter = d; return &c }

// CodeOf returns the code of err: "" for nil, Internal when err carries no fault.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ReasonOf returns the reason of err, or "".
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// IsRefusal says whether err was decided and not suffered: at its bottom lie faults and nothing else, and none of them is
// Internal. A number that is not connected refuses; a database that does not answer has a cause, and is no refusal.
func IsRefusal(err error) bool {
	switch e := err.(type) {
	case nil:
		return false
	case *Error:
		return e.Code != Internal
	case interface{ Unwrap() error }:
		return IsRefusal(e.Unwrap())
	case interface{ Unwrap() []error }:
		causes := e.Unwrap()
		return len(causes) > 0 && !slices.ContainsFunc(causes, func(cause error) bool { return !IsRefusal(cause) })
	}
	return false
}
