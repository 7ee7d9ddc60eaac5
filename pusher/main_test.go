package pusher_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain checks that every goroutine of the server has ended when its tests have.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
