package api

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sapa-chat/sapa/internal/fault"
)

// checkKeys refuses a JSON body in which a key stands twice, or differs from what the schema calls it by upper and lower
// case alone. encoding/json takes the last of two equal keys and folds case, other programs take the first or do not: a
// proxy or a log would then have seen another request than the one that is served. Keys that the schema does not know are
// the validator's, which names them, too; within free objects such as metadata only duplicates are looked for.
//
// It walks over the bytes and allocates nothing in the usual case. encoding/json/v2 refuses both by itself, but as long
// as it needs GOEXPERIMENT a fresh clone would not build with Go alone.
func checkKeys(body []byte, schema *huma.Schema, registry huma.Registry) error {
	if len(body) == 0 || !json.Valid(body) { // the decoder tells what is wrong with it
		return nil
	}
	w := keyWalk{json: body, registry: registry}
	if w.value(schema) {
		return nil
	}
	return w.refusal()
}

// bodySchema is the schema of an operation's JSON body, or nil.
func bodySchema(op *huma.Operation) *huma.Schema {
	if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	return op.RequestBody.Content["application/json"].Schema
}

// keyWalk goes once over valid JSON. Its methods report false at the first key that is wrong.
type keyWalk struct {
	json     []byte
	at       int
	registry huma.Registry

	wrong string   // the key, when one is
	right string   // how the schema spells it; empty when it stands twice
	path  []string // of the object around it, innermost first
}

func (w *keyWalk) refusal() error {
	slices.Reverse(w.path)
	field := strings.Join(append(w.path, w.wrong), ".")
	if w.right != "" {
		return fault.Errorf(fault.Invalid, "the key %q is spelt %q", w.wrong, w.right).Because("key_case").On(field)
	}
	return fault.Errorf(fault.Invalid, "the key %q stands twice in the same object", w.wrong).Because("key_duplicate").On(field)
}

// space skips white space and returns the byte after it, which is not passed yet.
func (w *keyWalk) space() byte {
	for ; ; w.at++ {
		switch c := w.json[w.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
}

// value passes a value.
func (w *keyWalk) value(schema *huma.Schema) bool {
	switch w.space() {
	case '{':
		return w.object(schema)
	case '[':
		return w.array(schema)
	case '"':
		w.text()
	default:
		for w.at < len(w.json) && !strings.ContainsRune(",]} \t\r\n", rune(w.json[w.at])) {
			w.at++
		}
	}
	return true
}

func (w *keyWalk) array(schema *huma.Schema) bool {
	var items *huma.Schema
	if schema = w.resolve(schema); schema != nil {
		items = schema.Items
	}
	w.at++
	for w.space() != ']' {
		if !w.value(items) {
			return false
		}
		if w.space() == ',' {
			w.at++
		}
	}
	w.at++
	return true
}

// manyKeys is from how many keys on an object is looked up in a map: a body of half a megabyte has room for 80,000.
const manyKeys = 16

func (w *keyWalk) object(schema *huma.Schema) bool {
	var few [manyKeys]string
	seen := few[:0]
	var many map[string]bool
	schema = w.resolve(schema)
	w.at++
	for w.space() != '}' {
		key := w.key()
		w.space()
		w.at++ // the colon
		if many[key] || slices.Contains(seen, key) {
			return w.refuse(key, "")
		}
		if len(seen) < manyKeys {
			seen = append(seen, key)
		} else {
			if many == nil {
				many = make(map[string]bool)
			}
			many[key] = true
		}
		property, right := find(schema, key)
		if right != "" {
			return w.refuse(key, right)
		}
		if !w.value(property) {
			w.path = append(w.path, key)
			return false
		}
		if w.space() == ',' {
			w.at++
		}
	}
	w.at++
	return true
}

func (w *keyWalk) refuse(key, right string) bool {
	const enough = 64
	if utf8.RuneCountInString(key) > enough {
		key = string([]rune(key)[:enough]) + "…"
	}
	w.wrong, w.right = key, right
	return false
}

// find returns the schema of a key, or how the key is spelt when only its case is wrong.
func find(schema *huma.Schema, key string) (property *huma.Schema, right string) {
	if schema == nil {
		return nil, ""
	}
	if property, ok := schema.Properties[key]; ok {
		return property, ""
	}
	for name := range schema.Properties {
		if strings.EqualFold(name, key) {
			return nil, name
		}
	}
	return nil, ""
}

func (w *keyWalk) resolve(schema *huma.Schema) *huma.Schema {
	for schema != nil && schema.Ref != "" {
		schema = w.registry.SchemaFromRef(schema.Ref)
	}
	return schema
}

// key passes a key and returns what it means: "na\u006de" is name.
func (w *keyWalk) key() string {
	from := w.at
	if !w.text() {
		return string(w.json[from+1 : w.at-1])
	}
	var key string
	_ = json.Unmarshal(w.json[from:w.at], &key) // it is valid
	return key
}

// text passes a string and reports whether it has escapes.
func (w *keyWalk) text() (escaped bool) {
	for w.at++; w.json[w.at] != '"'; w.at++ {
		if w.json[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	return escaped
}
