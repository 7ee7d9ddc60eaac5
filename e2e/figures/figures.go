// Package figures writes what benches and proofs have measured into docs/figures.md, each into a marked section of its own.
package figures

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// opening is the page when there is none yet.
const opening = "# Figures\n\nWritten by `make bench` and `make proof`; do not edit the tables.\n"

// Put writes rows into the table of a section of the page at path, between `<!-- section -->` and `<!-- /section -->`. A row
// replaces the one with the same first cell and else comes last; what else stands between the markers is lost. head is the
// table's first line. A page or section that is not there is made.
func Put(path, section string, head []string, rows ...[]string) error {
	page, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		page, err = []byte(opening), nil
	}
	if err != nil {
		return err
	}
	text, err := put(string(page), section, head, rows)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func put(page, section string, head []string, rows [][]string) (string, error) {
	open, end := "<!-- "+section+" -->\n", "<!-- /"+section+" -->"
	if !strings.Contains(page, open) {
		page = strings.TrimRight(page, "\n") + "\n\n" + open + end + "\n"
	}
	before, rest, _ := strings.Cut(page, open)
	inside, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("the section %q is not closed", section)
	}
	kept := lines(inside)
	for _, row := range rows {
		same := func(l string) bool { return strings.HasPrefix(l, "| "+clean(row[0])+" |") }
		if i := slices.IndexFunc(kept, same); i >= 0 {
			kept[i] = line(row)
		} else {
			kept = append(kept, line(row))
		}
	}
	table := []string{line(head), "|" + strings.Repeat("---|", len(head))}
	return before + open + strings.Join(append(table, kept...), "\n") + "\n" + end + after, nil
}

// lines are the rows of the table that is there, without its head.
func lines(table string) (rows []string) {
	for l := range strings.Lines(table) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "|") {
			rows = append(rows, l)
		}
	}
	return rows[min(2, len(rows)):]
}

func line(cells []string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString("| " + clean(c) + " ")
	}
	return b.String() + "|"
}

// clean keeps a cell in its place.
func clean(cell string) string {
	return strings.NewReplacer("|", "/", "\n", " ").Replace(strings.TrimSpace(cell))
}
