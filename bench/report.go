package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/sapa-chat/sapa/e2e/figures"
)

// The program's counters.
const (
	statements = "sapa_store_statements_total"
	commits    = "sapa_store_commits_total"
	units      = "sapa_store_units_total"
	objects    = "go_memstats_mallocs_total"
	allocated  = "go_memstats_alloc_bytes_total"
)

// report is the figures of one engine.
type report struct {
	engine  string
	row     string // that is being measured
	rates   map[string]float64
	figures []figure
}

// figure is one line of the result.
type figure struct {
	row, what, value, goal, reached string
}

func (r *report) add(f figure) {
	f.row = r.row
	fmt.Fprintf(os.Stderr, "  %s: %s", f.what, f.value)
	if f.goal != "" {
		fmt.Fprintf(os.Stderr, " (goal %s: %s)", f.goal, f.reached)
	}
	fmt.Fprintln(os.Stderr)
	r.figures = append(r.figures, f)
}

// note adds a figure without a goal.
func (r *report) note(what, format string, args ...any) {
	r.add(figure{what: what, value: fmt.Sprintf(format, args...)})
}

// least adds a figure that should be at least goal; 0 is no goal.
func (r *report) least(what string, value, goal float64, format string) {
	r.judged(what, value, goal, format, "≥ ", value >= goal)
}

// most adds a figure that should be at most goal; 0 is no goal.
func (r *report) most(what string, value, goal float64, format string) {
	r.judged(what, value, goal, format, "≤ ", value <= goal)
}

func (r *report) judged(what string, value, goal float64, format, sign string, reached bool) {
	f := figure{what: what, value: fmt.Sprintf(format, value)}
	if goal != 0 {
		f.goal, f.reached = sign+fmt.Sprintf(format, goal), yes(reached)
	}
	r.add(f)
}

// zero adds a count that must be none.
func (r *report) zero(what string, n int) {
	r.add(figure{what: what, value: fmt.Sprint(n), goal: "0", reached: yes(n == 0)})
}

func yes(reached bool) string {
	if reached {
		return "yes"
	}
	return "**no**"
}

func (r *report) failed(err error) {
	r.add(figure{what: "not measured", value: err.Error(), reached: yes(false)})
}

// rate adds messages per second and how they held.
func (r *report) rate(s sample, goal float64, format string, args ...any) {
	r.rates[r.row] = s.rate()
	r.least("messages per second", s.rate(), goal, "%.0f")
	r.note("load", format+"; %d messages in %.0f s, in the second half %.0f/s", append(args, s.messages, s.took().Seconds(), s.late)...)
}

// cost adds what a message took.
func (r *report) cost(s sample) {
	r.note("processor time per message", "%s", s.processor())
	r.note("per message", "%.2f statements, %.3f commits of %.1f units, %s", s.per(statements), s.per(commits), s.counters[units]/max(1, s.counters[commits]), s.garbage())
}

// statements adds what a message took of the database, with a goal.
func (r *report) statements(what string, s sample, goal float64) {
	r.most("statements, "+what, s.per(statements), goal, "%.2f")
	r.note(what, "%.3f commits, %s, %s, over %d", s.per(commits), s.garbage(), s.processor(), s.messages)
}

// garbage is what the program allocated on its heap.
func (s sample) garbage() string {
	return fmt.Sprintf("%.0f allocations of %.1f KB", s.per(objects), s.per(allocated)/1000)
}

func (s sample) processor() string {
	text := fmt.Sprintf("%.3f ms the program, %.3f ms simulator and load", s.each(s.program), s.each(s.own))
	if s.database > 0 {
		text += fmt.Sprintf(", %.3f ms PostgreSQL", s.each(s.database))
	}
	return text
}

// latency adds percentiles of sorted durations; goal is for p99, 0 is none.
func (r *report) latency(what string, sorted []time.Duration, goal time.Duration) {
	r.note(what+", p50", "%.1f ms", ms(at(sorted, 0.5)))
	r.most(what+", p99", ms(at(sorted, 0.99)), ms(goal), "%.1f ms")
}

func (r *report) print(to io.Writer) {
	table := tabwriter.NewWriter(to, 0, 4, 1, ' ', 0)
	_, _ = fmt.Fprintf(table, "\n| %s\t| figure\t| goal\t| reached\t|\n|---\t|---\t|---\t|---\t|\n", r.engine)
	for _, f := range r.figures {
		_, _ = fmt.Fprintf(table, "| %s: %s\t| %s\t| %s\t| %s\t|\n", f.row, f.what, f.value, f.goal, f.reached)
	}
	_ = table.Flush()
}

// write puts the figures into the page: a table for each engine, and one for the runs that they are from.
func (r *report) write(page string, m machine) error {
	var rows [][]string
	for _, f := range r.figures {
		rows = append(rows, []string{f.row + ": " + f.what, f.value, f.goal, f.reached, m.name})
	}
	if err := figures.Put(page, "bench "+r.engine, []string{"row", "figure", "goal", "reached", "run"}, rows...); err != nil {
		return err
	}
	return figures.Put(page, "bench runs", []string{"run", "command", "machine"}, []string{m.name, m.command, m.machine})
}
