package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/e2e/figures"
)

// rig is what all proofs of one call share: the built program and a folder that goes away.
type rig struct {
	settings
	dir  string
	when string // date and commit
}

func newRig(ctx context.Context, s settings) (*rig, error) {
	dir, err := os.MkdirTemp("", "sapa-proof-")
	if err != nil {
		return nil, err
	}
	g := &rig{settings: s, dir: dir, when: time.Now().Format(time.DateOnly) + ", " + commit(ctx)}
	if s.binary == "" {
		g.binary = filepath.Join(dir, "sapa")
		err = build(ctx, g.binary)
	} else {
		g.binary, err = filepath.Abs(s.binary)
	}
	if err != nil {
		g.close()
		return nil, err
	}
	fmt.Printf("%s, %s/%s, %d cores, %s\n", g.when, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return g, nil
}

func (g *rig) close() { _ = os.RemoveAll(g.dir) }

// build builds the program, with more arguments of go build.
func build(ctx context.Context, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", path}, args...), "github.com/sapa-chat/sapa/cmd/sapa")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// commit names the state of the source, or says that it is not known.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=, changed").Output()
	if err != nil {
		return "commit unknown"
	}
	return "commit " + strings.TrimSpace(string(out))
}

// prove runs one proof on one engine, and prints and keeps its rows.
func (g *rig) prove(ctx context.Context, p proof, engine string) error {
	dir, err := os.MkdirTemp(g.dir, p.name+"-")
	if err != nil {
		return err
	}
	r := &run{name: p.name, engine: engine, quick: g.quick, binary: g.binary, profiles: g.profiles, dir: dir, begun: time.Now()}
	r.say("%s", p.what)
	err = p.run(ctx, r)
	r.close()
	if errors.Is(err, errSkipped) {
		r.say("left out: %v", err)
		return nil
	}
	r.print()
	broken := false
	for _, row := range r.rows {
		broken = broken || len(row.broken) > 0
	}
	if g.figures != "" && err == nil {
		err = r.write(g.figures, g.when)
	}
	if broken {
		err = errors.Join(err, errBroken)
	}
	return err
}

// head is the first line of the table in docs/figures.md.
func head() []string { return []string{"proof", "promise", "measured", "kept", "when"} }

func (r *run) write(page, when string) error {
	var rows [][]string
	for _, row := range r.rows {
		kept := "yes"
		if len(row.broken) > 0 {
			kept = "**no**: " + strings.Join(row.broken, "; ")
		}
		rows = append(rows, []string{row.name, row.promise, strings.Join(row.measured, ", "), kept, when})
	}
	return figures.Put(page, "proof", head(), rows...)
}
