package api

import (
	"github.com/sapa-chat/sapa/internal/page"
)

// none is the input or output of a route that has none.
type none struct{}

// of is an answer with a body.
type of[T any] struct{ Body T }

func answer[T any](v T) *of[T] { return &of[T]{Body: v} }

// List is a page of a longer list.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next" doc:"The cursor of the next page; empty on the last."`
}

// listOf shows a page whose items the API spells differently.
func listOf[A, B any](items []A, next string, show func(A) B) *of[List[B]] {
	out := List[B]{Items: make([]B, 0, len(items)), Next: next}
	for _, item := range items {
		out.Items = append(out.Items, show(item))
	}
	return answer(out)
}

func same[T any](v T) T { return v }

// ByID names one thing. It and its like are exported because huma does not see into embedded types that are not.
type ByID struct {
	ID string `path:"id" doc:"Its id." maxLength:"64"`
}

// changeOf is a PATCH of one thing.
type changeOf[T any] struct {
	ByID
	Body T
}

// bodyOf is a request with a body only.
type bodyOf[T any] struct{ Body T }

// Paging is a page of a list.
type Paging struct {
	Cursor string `query:"cursor" doc:"From the previous page's next." maxLength:"512"`
	Limit  int    `query:"limit" doc:"How many at most, 50 by default." minimum:"1" maximum:"200"`
}

func (p Paging) request() page.Request { return page.Request{Cursor: p.Cursor, Limit: p.Limit} }
