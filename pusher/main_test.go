package pusher_test

import (
	"testing"

	"github.com/sapa-chat/sapa/internal/leak"
)

// TestMain checks that every goroutine of the server has ended when its tests have.
func TestMain(m *testing.M) { leak.Main(m) }
