package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testdata/system.txt lists, for reviewers, every function that may see more than one
// workspace. A new one is added there on purpose, and lives in system.go or system_*.go.
func TestQueriesAcrossWorkspacesAreListed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "db.go" {
			continue
		}
		functions := callers(t, file)
		if len(functions) > 0 {
			require.True(t, file == "system.go" || strings.HasPrefix(file, "system_"), "%s: only system.go and system_*.go work across workspaces: %v", file, functions)
		}
		for _, f := range functions {
			found = append(found, strings.TrimSuffix(file, ".go")+"."+f)
		}
	}
	slices.Sort(found)
	if os.Getenv("SAPA_UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile("testdata/system.txt", []byte(strings.Join(found, "\n")+"\n"), 0o644))
	}
	listed, err := os.ReadFile("testdata/system.txt")
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(listed)), found, "list it in testdata/system.txt (SAPA_UPDATE_GOLDEN=1 writes the list)")
}

// callers are the functions of a file that call ReadSystem or WriteSystem.
func callers(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name == "ReadSystem" || s.Sel.Name == "WriteSystem") && !slices.Contains(names, f.Name.Name) {
				names = append(names, f.Name.Name)
			}
			return true
		})
	}
	return names
}
