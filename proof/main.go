// Command proof keeps Sapa to its promises: it starts the built program as a process of its own against the simulated
// WhatsApp, troubles it in every way that it can think of, and judges from outside, by the simulator's ledger, what came of it.
// Each proof prints its own figures; the command ends with a code other than zero when a promise was broken.
//
// It is no test of one thing at a time: those are in the rooms and in e2e/. It is no bench either: speed is only watched
// where a promise names it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// proof is one program. It is run on each of the engines that it names.
type proof struct {
	name    string
	what    string
	engines []string
	run     func(context.Context, *run) error
}

const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

func proofs() []proof {
	both := []string{sqlite, postgres}
	return []proof{
		{"kill", "killed at any moment, nothing is lost, doubled or out of order", both, kill},
		{"planted", "builds with a planted bug are reported, each for its own reason", []string{sqlite}, planted},
		{"below", "trouble beneath the program: statements, device store, disk and PostgreSQL fail", both, below},
		{"outside", "trouble on the way to WhatsApp", []string{sqlite}, outside},
		{"soak", "an hour of the same, and nothing grows but what is stored", []string{sqlite}, soak},
		{"pairing", "many numbers are paired at once, and each phone tells a long past", both, pairing},
		{"hostile", "requests that mean harm", both, hostile},
		{"nonsense", "what no WhatsApp would say, from the network", both, nonsense},
		{"secrets", "what is secret is found nowhere", both, secrets},
		{"fuzz", "every parser of our own, given what nobody has thought of", []string{sqlite}, fuzz},
	}
}

// settings are the flags.
type settings struct {
	quick    bool
	only     string
	engine   string
	binary   string
	figures  string
	profiles string
}

func main() {
	var s settings
	flag.BoolVar(&s.quick, "quick", false, "minutes instead of hours: the variants that the tests run")
	flag.StringVar(&s.only, "only", "", "run these alone, separated by commas: "+strings.Join(names(), ", "))
	flag.StringVar(&s.engine, "engine", "", "run on this database alone: sqlite or postgres")
	flag.StringVar(&s.binary, "binary", "", "the built program; empty: build it")
	flag.StringVar(&s.figures, "figures", "", "write the results into this page, such as docs/figures.md")
	flag.StringVar(&s.profiles, "profiles", "", "keep profiles of the heap in this folder: what grew between two of them tells why memory did")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runAll(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1)
	}
}

func names() (all []string) {
	for _, p := range proofs() {
		all = append(all, p.name)
	}
	return all
}

// errBroken is the end of a run in which a promise was broken.
var errBroken = errors.New("a promise was broken")

// runAll runs what is asked for, one after the other, and goes on after a broken promise.
func runAll(ctx context.Context, s settings) error {
	chosen, err := choose(s)
	if err != nil {
		return err
	}
	b, err := newRig(ctx, s)
	if err != nil {
		return err
	}
	defer b.close()
	var failed error
	for _, p := range chosen {
		for _, engine := range p.engines {
			if s.engine != "" && s.engine != engine {
				continue
			}
			if err := b.prove(ctx, p, engine); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s, %s: %w", p.name, engine, err))
			}
			if ctx.Err() != nil {
				return errors.Join(failed, ctx.Err())
			}
		}
	}
	return failed
}

func choose(s settings) ([]proof, error) {
	if s.engine != "" && s.engine != sqlite && s.engine != postgres {
		return nil, fmt.Errorf("-engine is sqlite or postgres, not %q", s.engine)
	}
	if s.only == "" {
		return proofs(), nil
	}
	var chosen []proof
	for name := range strings.SplitSeq(s.only, ",") {
		i := slices.Index(names(), strings.TrimSpace(name))
		if i < 0 {
			return nil, fmt.Errorf("there is no proof %q; there are %s", name, strings.Join(names(), ", "))
		}
		chosen = append(chosen, proofs()[i])
	}
	return chosen, nil
}
