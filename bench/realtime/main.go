// Command realtime measures package pusher: the memory of an idle socket, how fast
// sockets open, and how long an event takes to reach all of them.
//
// The server runs as a process of its own (this program, started again), so that
// the figures are its alone. It is no test: nothing here passes or fails. Raise
// the limit of open files for more than about 1,000 sockets (ulimit -n).
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// settings are the flags.
type settings struct {
	serve   bool
	sockets int
	events  int
	gap     time.Duration
	size    int
}

func main() {
	var s settings
	flag.BoolVar(&s.serve, "serve", false, "be the server (the program starts itself so)")
	flag.IntVar(&s.sockets, "sockets", 2000, "sockets to open, all on one channel")
	flag.IntVar(&s.events, "events", 40, "events to publish")
	flag.DurationVar(&s.gap, "gap", 100*time.Millisecond, "time between two events")
	flag.IntVar(&s.size, "size", 500, "bytes of an event's data")
	flag.Parse()
	run := measure
	if s.serve {
		run = serve
	}
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "bench/realtime:", err)
		os.Exit(1)
	}
}
