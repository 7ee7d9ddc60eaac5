package workspace_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

var update = flag.Bool("update", false, "write docs/guides/roles.md anew")

// The guide is the table, so that it cannot say something else.
func TestTheGuideIsTheTable(t *testing.T) {
	t.Parallel()
	const file = "../docs/guides/roles.md"
	if *update {
		require.NoError(t, os.MkdirAll("../docs/guides", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(guide()), 0o644))
	}
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, guide(), string(written), "run: go test ./workspace -run Guide -update")
}

func guide() string {
	var b strings.Builder
	b.WriteString(`# Roles, API keys and what each may do

A person has one login for the whole installation and a role in each workspace. An API key belongs to one workspace and holds
scopes, which are the permissions of this table marked "yes" under key.

| permission | what it allows | owner | admin | agent | API key |
|---|---|---|---|---|---|
`)
	for _, g := range workspace.Grants() {
		fmt.Fprintf(&b, "| `%s` | %s |", g.Permission, g.What)
		for _, role := range workspace.Roles() {
			b.WriteString(mark(role.May(g.Permission)))
		}
		b.WriteString(mark(g.Key) + "\n")
	}
	b.WriteString(`
- **Administrator** is a flag of the installation, not a role: an administrator creates workspaces and changes the installation's settings.
  It opens no workspace and shows no message. Who creates a workspace becomes its first owner; they may invite another owner and leave.
- A workspace always keeps at least one owner. Only an owner makes, changes, invites or removes owners.
- A workspace can make a password reset link only for somebody whose login opens nothing else. For everybody else there is
  "Forgot password", or the operator's ` + "`sapa user reset`" + `.
- Reading the event log needs ` + "`events:read` and `messages:read`" + `, because events hold message texts.

This page is made from ` + "`workspace/role.go`" + `.
`)
	return b.String()
}

func mark(may bool) string {
	if may {
		return " yes |"
	}
	return " – |"
}

func TestMorePowerIncludesLess(t *testing.T) {
	t.Parallel()
	for _, g := range workspace.Grants() {
		require.True(t, workspace.Owner.May(g.Permission), g.Permission)
		require.True(t, !workspace.Agent.May(g.Permission) || workspace.Admin.May(g.Permission), g.Permission)
		require.False(t, workspace.Role("").May(g.Permission), "nobody may nothing")
		require.False(t, workspace.Role("root").May(g.Permission), "an unknown role may nothing")
	}
	require.False(t, workspace.Owner.May("unheard:of"), "an unknown permission is nobody's")
}
