package sapa

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/sapa-chat/sapa"

// stairs is the house: imports go down only, and neighbours on one step do not
// import each other. A folder below a room belongs to that room's step unless listed.
// Keep it equal to the list in docs/architecture.md.
var stairs = map[string]int{
	"cmd": 10,
	"app": 9,
	"api": 8, "store": 8,
	"campaign": 7, "assistant": 7,
	"inbox":  6,
	"send":   5,
	"number": 4, "webhook": 4, "realtime": 4, "alert": 4, "backup": 4,
	"workspace": 3,
	"event":     2, "wa/web": 2, "wa/cloud": 2, "wa/evolution": 2, "bus/nats": 2, "pusher": 2,
	"wa": 1, "bus": 1, "llm": 1, "ui": 1,
	"internal": 0,
}

// nowhere is the step of a room that is not listed.
const nowhere = 99

// outside are rooms that stand beside the stairs.
var outside = map[string]bool{"sim": true, "e2e": true, "bench": true, "proof": true}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t) {
		room, step := roomOf(p.ImportPath)
		if step == nowhere && p.ImportPath != module {
			t.Errorf("%s stands on no step: give its room one, here and in docs/architecture.md", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module+"/") {
				continue
			}
			target, targetStep := roomOf(imported)
			switch {
			case target == room:
			case room == "sim":
				t.Errorf("%s imports %s: sim imports no room of ours", p.ImportPath, imported)
			case target == "sim":
				if room != "cmd" && !outside[room] {
					t.Errorf("%s imports %s: only cmd, e2e, bench, proof and tests import sim", p.ImportPath, imported)
				}
			case outside[room]:
			case targetStep >= step:
				t.Errorf("%s (step %d) imports %s (step %d): imports go down only", p.ImportPath, step, imported, targetStep)
			}
		}
	}
}

func TestTheMapIsTheHouse(t *testing.T) {
	page, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	drawn := map[string]int{}
	_, block, _ := strings.Cut(string(page), "```\n")
	block, _, _ = strings.Cut(block, "```")
	for _, step := range regexp.MustCompile(`(\d+) ([^\d]+)`).FindAllStringSubmatch(block, -1) {
		n, err := strconv.Atoi(step[1])
		require.NoError(t, err)
		for room := range strings.SplitSeq(step[2], ",") {
			drawn[strings.TrimSuffix(strings.TrimSpace(room), "/*")] = n
		}
	}
	require.Equal(t, stairs, drawn, "the stairs of docs/architecture.md")
	for _, p := range packages(t) {
		if rel := strings.TrimPrefix(p.ImportPath, module+"/"); rel != module {
			first, _, _ := strings.Cut(rel, "/")
			require.Regexp(t, "(?m)^\\| .*`"+first+"(/[a-z]+)?`", string(page), "%s is not among the rooms", rel)
		}
	}
}

func TestEveryPackageHasADoc(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Doc}}", "./...").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		path, doc, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if doc == "" {
			t.Errorf("%s has no package doc", path)
		}
	}
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	require.NoError(t, err)
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}

// roomOf finds the longest listed prefix of a package's path and its step.
func roomOf(path string) (room string, step int) {
	rel := strings.TrimPrefix(path, module+"/")
	if first, _, _ := strings.Cut(rel, "/"); outside[first] {
		return first, 0
	}
	for prefix := rel; prefix != ""; {
		if step, ok := stairs[prefix]; ok {
			return prefix, step
		}
		cut := strings.LastIndex(prefix, "/")
		if cut < 0 {
			break
		}
		prefix = prefix[:cut]
	}
	return rel, nowhere
}
