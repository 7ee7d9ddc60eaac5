// Command bench measures the real program against the simulated WhatsApp and prints its figures.
//
// It starts the built binary as its own process on a fresh database, links numbers with simulated phones, and lets
// contacts write and programs send. Figures that concern WhatsApp are taken from the simulator's side. It is no test:
// a goal that is missed is told and no more. README.md says what each row means.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/store/storetest"
)

const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

// settings are the flags.
type settings struct {
	binary   string
	engines  string
	only     string
	quick    bool
	numbers  int
	many     int
	pairings int
	sockets  int
	clients  int
	lanes    int
	contacts int
	seconds  time.Duration
	inbound  int
	outbound int
	callers  int
	full     int
	delay    time.Duration
	profiles string
	figures  string

	pick *regexp.Regexp
	// For -quick: how many messages the rows take that count messages, and how long memory must not have shrunk.
	messages, flat, burst, events int
	quiet                         time.Duration
}

func parse() (*settings, error) {
	s := &settings{messages: 4000, flat: 10_000, burst: 4000, events: 40, quiet: 30 * time.Second}
	flag.StringVar(&s.binary, "binary", "bin/sapa", "the built program")
	flag.StringVar(&s.engines, "engine", sqlite+","+postgres, "databases to measure with")
	flag.StringVar(&s.only, "only", "", "rows to take: a regular expression over names such as one/inbound; 'list' names all")
	flag.BoolVar(&s.quick, "quick", false, "everything small, to see that all of it works; the figures mean nothing")
	flag.IntVar(&s.numbers, "numbers", 1000, "idle numbers for memory and reconnection")
	flag.IntVar(&s.many, "many", 5000, "idle numbers in the row idle/many")
	flag.IntVar(&s.sockets, "sockets", 10_000, "realtime connections in the rows sockets/")
	flag.IntVar(&s.clients, "clients", 200, "clients of pusher-js in the row sockets/return")
	flag.IntVar(&s.pairings, "pairings", 100, "pairings to measure one after the other")
	flag.IntVar(&s.lanes, "lanes", 50, "numbers that carry messages")
	flag.IntVar(&s.contacts, "contacts", 4, "contacts that each of these numbers talks with")
	flag.DurationVar(&s.seconds, "for", time.Minute, "how long each load is measured, after its warm-up")
	flag.IntVar(&s.inbound, "inbound-window", 8, "messages per number on their way in at once")
	flag.IntVar(&s.outbound, "outbound-window", 16, "messages per number on their way out at once")
	flag.IntVar(&s.callers, "callers", 4, "callers of the API per number")
	flag.IntVar(&s.full, "full", 50_000, "messages that the database has seen in the rows full/")
	flag.DurationVar(&s.delay, "delay", 5*time.Millisecond, "how much longer a commit takes in the rows delay/ and apart/")
	flag.StringVar(&s.profiles, "profiles", "", "folder that takes the profiles of the load rows")
	flag.StringVar(&s.figures, "figures", "", "write the figures into this page, such as docs/figures.md")
	flag.Parse()
	if s.quick {
		s.numbers, s.many, s.pairings, s.lanes, s.contacts, s.seconds = 6, 8, 3, 3, 2, 300*time.Millisecond
		s.sockets, s.clients, s.events = 40, 5, 3
		s.messages, s.flat, s.burst, s.full, s.quiet = 30, 60, 60, 60, 100*time.Millisecond
	}
	var err error
	if s.pick, err = regexp.Compile(s.only); err != nil {
		return nil, fmt.Errorf("-only: %w", err)
	}
	s.binary, err = filepath.Abs(s.binary)
	return s, err
}

func main() {
	s, err := parse()
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = run(ctx, s)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s *settings) error {
	if s.only == "list" {
		for _, r := range plan() {
			fmt.Println(r.name)
		}
		return nil
	}
	m := describe(ctx)
	fmt.Println(m.name + "\n" + m.machine)
	var failed error
	for engine := range strings.SplitSeq(s.engines, ",") {
		r := &report{engine: engine, rates: map[string]float64{}}
		err := measure(ctx, s, engine, r)
		if errors.Is(err, storetest.ErrNoServer) && os.Getenv("CI") != "true" {
			fmt.Println(engine+" is left out:", err)
			continue
		}
		r.print(os.Stdout)
		if s.figures != "" {
			err = errors.Join(err, r.write(s.figures, m))
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
