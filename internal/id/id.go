// Package id makes the identifiers of rows and events: ULIDs, which sort by
// time and are never reused (a SQLite rowid can be).
package id

import "github.com/oklog/ulid/v2"

// New returns a new ULID of 26 characters. Safe for concurrent use; within one
// process and millisecond they increase.
func New() string { return ulid.Make().String() }

// Valid reports whether s has the form of an id made by New.
func Valid(s string) bool {
	_, err := ulid.ParseStrict(s)
	return err == nil
}
