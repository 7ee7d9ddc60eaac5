package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parts are structs of whatsmeow's events package that are part of an event and never dispatched themselves.
var parts = []string{"NewsletterMessageMeta", "MediaRetryError", "BlocklistChange", "MexNotificationData"}

func TestEveryEventOfWhatsmeowIsNamedInTheSwitch(t *testing.T) {
	t.Parallel()
	handled := casesOf(t, "event.go")
	declared := structsOf(t, "go.mau.fi/whatsmeow/types/events")
	require.Greater(t, len(declared), 60)
	for _, name := range declared {
		if !slices.Contains(handled, name) && !slices.Contains(parts, name) {
			t.Errorf("events.%s is not handled: decide in conn.take what it means, or that it is not used", name)
		}
	}
	for _, name := range handled {
		require.Contains(t, declared, name)
	}
}

// casesOf lists the *events.X of every case clause in a file.
func casesOf(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	ast.Inspect(parsed, func(n ast.Node) bool {
		clause, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		for _, e := range clause.List {
			if star, ok := e.(*ast.StarExpr); ok {
				if sel, ok := star.X.(*ast.SelectorExpr); ok {
					names = append(names, sel.Sel.Name)
				}
			}
		}
		return true
	})
	return names
}

// structsOf lists the exported struct types of a package.
func structsOf(t *testing.T, path string) (names []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", path).Output()
	require.NoError(t, err)
	notTest := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	//lint:ignore SA1019 one package without build tags
	packages, err := parser.ParseDir(token.NewFileSet(), strings.TrimSpace(string(out)), notTest, 0)
	require.NoError(t, err)
	for _, p := range packages {
		ast.Inspect(p, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if _, ok := spec.Type.(*ast.StructType); ok {
					names = append(names, spec.Name.Name)
				}
			}
			return true
		})
	}
	return names
}
