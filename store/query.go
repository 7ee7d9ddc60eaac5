package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sapa-chat/sapa/internal/fault"
)

// query is a statement that is put together.
type query struct {
	where []string
	args  []any
}

// and adds a condition; each %s stands for the next argument.
func (q *query) and(condition string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		q.args = append(q.args, a)
		marks[i] = "$" + strconv.Itoa(len(q.args))
	}
	q.where = append(q.where, fmt.Sprintf(condition, marks...))
}

func (q query) conditions() string { return " WHERE " + strings.Join(q.where, " AND ") }

// cursor names a place in a list that is ordered by a time and an id.
func cursor(at int64, id string) string { return strconv.FormatInt(at, 36) + "." + id }

func parseCursor(c string) (at int64, id string, err error) {
	head, id, ok := strings.Cut(c, ".")
	at, err = strconv.ParseInt(head, 36, 64)
	if err != nil || !ok {
		return 0, "", fault.Errorf(fault.Invalid, "this cursor is not one of ours").Because("cursor_malformed").On("cursor")
	}
	return at, id, nil
}

// like escapes what LIKE would take for a pattern; the statement says ESCAPE '\'.
func like(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
