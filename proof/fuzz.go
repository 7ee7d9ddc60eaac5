package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fuzz runs every fuzz target of the tree with Go's own engine, one after the other. A finding stays in the tree as the seed
// that shows it.
func fuzz(ctx context.Context, r *run) error {
	each := pick(r, 30*time.Second, 2*time.Minute)
	targets, err := fuzzTargets(ctx)
	if err != nil {
		return err
	}
	row := r.row("", fmt.Sprintf("%s of each of the %d fuzz targets: 0 findings", each, len(targets)))
	tries := 0
	for _, t := range targets {
		n, err := t.run(ctx, each)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		tries += n
		r.say("%s: %d inputs", t, n)
		row.keep(err == nil, "%s: %v", t, err)
	}
	row.measure("%.1f million inputs", float64(tries)/1e6)
	row.keep(tries > 1000*len(targets), "the targets were hardly run")
	return nil
}

// fuzzTarget is one function for Go's fuzzing.
type fuzzTarget struct{ dir, name string }

func (t fuzzTarget) String() string { return filepath.Base(t.dir) + "." + t.name }

var (
	fuzzFunction = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	fuzzInputs   = regexp.MustCompile(`execs: (\d+)`)
)

func fuzzTargets(ctx context.Context) (all []fuzzTarget, err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	const files = `{{$d := .Dir}}{{range .TestGoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`
	cmd := exec.CommandContext(ctx, "go", "list", "-f", files, "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for file := range strings.FieldsSeq(string(out)) {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, found := range fuzzFunction.FindAllSubmatch(source, -1) {
			all = append(all, fuzzTarget{filepath.Dir(file), string(found[1])})
		}
	}
	return all, nil
}

// run returns how many inputs were tried, and what was found.
func (t fuzzTarget) run(ctx context.Context, d time.Duration) (tries int, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+d.String(), ".")
	cmd.Dir = t.dir
	out, err := cmd.CombinedOutput()
	if all := fuzzInputs.FindAllSubmatch(out, -1); len(all) > 0 {
		tries, _ = strconv.Atoi(string(all[len(all)-1][1]))
	}
	if err != nil {
		err = fmt.Errorf("%w: %.800s", err, fuzzTail(string(out)))
	}
	return tries, err
}

// fuzzTail leaves the lines of progress away.
func fuzzTail(out string) string {
	var kept []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "fuzz: elapsed") {
			kept = append(kept, strings.TrimSpace(line))
		}
	}
	return strings.Join(kept, " ")
}
