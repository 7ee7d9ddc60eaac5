// Package leak lets a test program fail when its tests leave goroutines behind. It is for tests only.
package leak

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long what is ending may take: goleak's own is half a second, which a busy machine may need for one step.
const patience = time.Minute

// Main runs the tests and ends the process: with the code of the tests, or with 1 when they have passed and goroutines of theirs
// still run a minute later. Call it in TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := wait(patience); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// wait waits until no goroutine of the tests is left.
func wait(longest time.Duration) error {
	for begun := time.Now(); ; {
		err := goleak.Find()
		if err == nil || time.Since(begun) > longest {
			return err
		}
	}
}
