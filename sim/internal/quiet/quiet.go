// Package quiet silences libsignal for a program that imports the simulator.
//
// libsignal keeps one process-wide logger, makes it without a lock at its first use and prints to
// standard output, key material included. It can be set safely only before there is a second
// goroutine, so this package does it while it is initialised, and leaves a logger alone that
// somebody set earlier. A program that wants libsignal's lines calls its logger.Setup in main.
package quiet

import "go.mau.fi/libsignal/logger"

var _ = setup()

func setup() bool {
	if logger.Logger != nil {
		return false
	}
	var s logger.Loggable = silence{}
	logger.Setup(&s)
	return true
}

type silence struct{}

func (silence) Debug(string, string)   {}
func (silence) Info(string, string)    {}
func (silence) Warning(string, string) {}
func (silence) Error(string, string)   {}
func (silence) Configure(string)       {}
