// Package page is cursor pagination: a page of items and an opaque cursor to the next.
package page

// DefaultLimit and MaxLimit bound a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Page is a slice of a longer list. Next is empty on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// Request asks for a page. The zero value is the first page of DefaultLimit.
type Request struct {
	Cursor string
	Limit  int
}

// Size is the limit within its bounds.
func (r Request) Size() int {
	switch {
	case r.Limit <= 0:
		return DefaultLimit
	case r.Limit > MaxLimit:
		return MaxLimit
	}
	return r.Limit
}

// Cut makes a page from up to size+1 rows: a row too many means there is a next page, whose cursor is made from the last row shown.
func Cut[T any](rows []T, size int, cursor func(T) string) Page[T] {
	if len(rows) <= size {
		return Page[T]{Items: rows}
	}
	rows = rows[:size]
	return Page[T]{Items: rows, Next: cursor(rows[size-1])}
}
