// Package conf fills a configuration struct from defaults, a YAML file, the
// environment and flags, in that order of rising strength, and refuses
// everything it does not know: a typo is an error that names the nearest key.
//
// The struct's tags are the reference: `conf:"listen"` names the key,
// `default:"…"` its default, `doc:"…"` its sentence, `secret:"true"` hides its
// value when printed. Keys of nested structs are joined with dots. It is not a
// place for rules about values: the struct's owner validates.
package conf

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Field is one setting of the struct.
type Field struct {
	Key     string // "http.listen"
	Env     string // "SAPA_HTTP_LISTEN"
	Type    string // "text", "number", "yes/no", "duration", "list"
	Default string
	Doc     string
	Secret  bool

	value reflect.Value
}

// Fields lists the settings of target, a pointer to a struct, in the order of the struct.
func Fields(target any, envPrefix string) []*Field {
	return collect(reflect.ValueOf(target).Elem(), "", envPrefix)
}

func collect(v reflect.Value, prefix, envPrefix string) []*Field {
	var all []*Field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := prefix + f.Tag.Get("conf")
		if f.Type.Kind() == reflect.Struct {
			all = append(all, collect(v.Field(i), key+".", envPrefix)...)
			continue
		}
		all = append(all, &Field{
			Key:     key,
			Env:     envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key)),
			Type:    typeName(f.Type),
			Default: f.Tag.Get("default"),
			Doc:     f.Tag.Get("doc"),
			Secret:  f.Tag.Get("secret") == "true",
			value:   v.Field(i),
		})
	}
	return all
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Bool:
		return "yes/no"
	case t.Kind() == reflect.String:
		return "text"
	}
	return "number"
}

// Set reads text as the field's type: durations as "90s" or "12h", lists separated by commas, yes/no as true or false.
func (f *Field) Set(text string) error {
	switch f.Type {
	case "duration":
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%s: %q is not a duration; write it like 90s, 15m or 12h", f.Key, text)
		}
		f.value.SetInt(int64(d))
	case "list":
		f.value.Set(reflect.ValueOf(splitList(text)))
	case "yes/no":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s: %q is neither true nor false", f.Key, text)
		}
		f.value.SetBool(b)
	case "text":
		f.value.SetString(text)
	default:
		return f.setNumber(text)
	}
	return nil
}

func (f *Field) setNumber(text string) error {
	if f.value.CanFloat() {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %q is not a number", f.Key, text)
		}
		f.value.SetFloat(n)
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s: %q is not a whole number", f.Key, text)
	}
	f.value.SetInt(n)
	return nil
}

// Text is the field's value as Set reads it; a secret that is set reads "(set)".
func (f *Field) Text() string {
	if f.Secret && !f.value.IsZero() {
		return "(set)"
	}
	if list, ok := f.value.Interface().([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(f.value.Interface())
}

func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
