package conf

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Source is where Load looks.
type Source struct {
	// File is a YAML file; empty means none. A named file that does not exist is an error.
	File string
	// EnvPrefix is put before every key in the environment ("SAPA_"); Env holds the environment as "NAME=value".
	// A variable with the prefix that is no key is refused, unless IgnoreEnv lists it.
	EnvPrefix string
	Env       []string
	IgnoreEnv []string
	// Flags holds "--key=value" or "--key" "value" arguments, all of them settings.
	Flags []string
}

// Load fills target and returns its fields and, by key, where each value came from: "default", "file", "environment" or "flag".
func Load(target any, src Source) (fields []*Field, origin map[string]string, err error) {
	fields = Fields(target, src.EnvPrefix)
	origin = make(map[string]string, len(fields))
	for _, f := range fields {
		origin[f.Key] = "default"
		if f.Default == "" {
			continue
		}
		if err := f.Set(f.Default); err != nil {
			return nil, nil, fmt.Errorf("default of %w", err)
		}
	}
	l := &loader{fields: fields, origin: origin}
	if src.File != "" {
		data, err := os.ReadFile(src.File)
		if err != nil {
			return nil, nil, fmt.Errorf("configuration file: %w", err)
		}
		if err := l.file(src.File, data); err != nil {
			return nil, nil, err
		}
	}
	if err := l.environment(src); err != nil {
		return nil, nil, err
	}
	if err := l.flags(src.Flags); err != nil {
		return nil, nil, err
	}
	return fields, origin, nil
}

type loader struct {
	fields []*Field
	origin map[string]string
}

func (l *loader) set(f *Field, text, from string) error {
	l.origin[f.Key] = from
	return f.Set(text)
}

func (l *loader) byKey(key string) *Field {
	i := slices.IndexFunc(l.fields, func(f *Field) bool { return f.Key == key })
	if i < 0 {
		return nil
	}
	return l.fields[i]
}

func (l *loader) environment(src Source) error {
	for _, pair := range src.Env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, src.EnvPrefix) || slices.Contains(src.IgnoreEnv, name) {
			continue
		}
		i := slices.IndexFunc(l.fields, func(f *Field) bool { return f.Env == name })
		if i < 0 {
			return fmt.Errorf("unknown environment variable %s%s", name, didYouMean(name, l.names(func(f *Field) string { return f.Env })))
		}
		if err := l.set(l.fields[i], value, "environment"); err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
	}
	return nil
}

func (l *loader) flags(args []string) error {
	for i := 0; i < len(args); i++ {
		key, value, given := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		f := l.byKey(key)
		if f == nil {
			return fmt.Errorf("unknown flag --%s%s", key, didYouMean(key, l.names(func(f *Field) string { return f.Key })))
		}
		if !given {
			if i++; i >= len(args) {
				return fmt.Errorf("flag --%s needs a value", key)
			}
			value = args[i]
		}
		if err := l.set(f, value, "flag"); err != nil {
			return fmt.Errorf("flag --%w", err)
		}
	}
	return nil
}

func (l *loader) names(of func(*Field) string) []string {
	names := make([]string, len(l.fields))
	for i, f := range l.fields {
		names[i] = of(f)
	}
	return names
}

// SplitArgs parts command-line arguments into settings ("--http.listen=…", recognised by the dot in the name) and the rest.
func SplitArgs(args []string) (settings, rest []string) {
	for i := 0; i < len(args); i++ {
		name, _, given := strings.Cut(args[i], "=")
		if !strings.HasPrefix(name, "--") || !strings.Contains(name, ".") {
			rest = append(rest, args[i])
			continue
		}
		settings = append(settings, args[i])
		if !given && i+1 < len(args) {
			i++
			settings = append(settings, args[i])
		}
	}
	return settings, rest
}
