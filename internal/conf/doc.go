package conf

import (
	"fmt"
	"strings"
)

// Markdown writes the reference of the settings as a table per group.
func Markdown(fields []*Field) string {
	var b strings.Builder
	group := ""
	for _, f := range fields {
		if g, _, _ := strings.Cut(f.Key, "."); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n| key | environment | type | default | what it does |\n|---|---|---|---|---|\n", group)
		}
		def := "–"
		if f.Default != "" {
			def = "`" + f.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", f.Key, f.Env, f.Type, def, f.Doc)
	}
	return b.String()
}

// Print writes each setting with its value and, after it, where the value came from. Secrets are hidden.
func Print(fields []*Field, origin map[string]string) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%s = %s  (%s)\n", f.Key, f.Text(), origin[f.Key])
	}
	return b.String()
}
