// Package api is our REST API under /v1: what other programs build on and what the web UI uses.
//
// One file per capability turns requests into calls of the rooms below and their answers into JSON.
// It decides nothing about messages, numbers or people: who may do what is in package workspace,
// what happens is in the room that owns it.
//
// Invariants:
//   - Every route is made by [add] and therefore states who may use it; a test reads the same table and tries everybody else.
//   - A handler gets its [Caller] as an argument, already checked. The workspace comes from there and from nowhere else.
//   - An id of another workspace is not found, never forbidden.
//   - Faults become RFC 9457 problems in problem.go and nowhere else; the text of any other error stays in the log.
//   - A cookie counts only for pages of our own origin, and only together with the session's CSRF token when it changes something.
package api
