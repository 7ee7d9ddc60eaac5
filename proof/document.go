package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// document is what we use of an OpenAPI document.
type document struct {
	Paths      map[string]map[string]*operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	Parameters  []parameter
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}
	Security []map[string]any
}

type parameter struct{ Name, In string }

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]*schema
	Items      *schema
	Enum       []any
}

// target is one operation to be attacked.
type target struct {
	method, path string
	query        []string
	body         *schema // nil: the operation takes none
	form         bool    // it takes forms, too
	public       bool    // nobody needs to be logged in
	key          bool    // a program's key opens it
}

func (t target) String() string { return t.method + " " + t.path }

// targets reads every operation of the program's own document.
func targets(ctx context.Context, c *drive.Client) ([]target, *document, error) {
	var d document
	if err := c.Do(ctx, http.MethodGet, "/v1/openapi.json", nil, &d); err != nil {
		return nil, nil, err
	}
	var all []target
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			t := target{method: strings.ToUpper(method), path: path, public: len(op.Security) == 0}
			for _, p := range op.Parameters {
				if p.In == "query" {
					t.query = append(t.query, p.Name)
				}
			}
			for _, way := range op.Security {
				_, key := way["key"]
				t.key = t.key || key
			}
			if op.RequestBody != nil {
				for media, content := range op.RequestBody.Content {
					t.body, t.form = d.resolve(content.Schema), media != "application/json"
				}
			}
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("the document names no operation")
	}
	return all, &d, nil
}

func (d *document) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}
