package leak

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALeakIsToldAndWhatIsEndingIsNot(t *testing.T) {
	end := make(chan struct{})
	go func() { <-end }()
	require.ErrorContains(t, wait(0), "found unexpected goroutines")
	late := time.AfterFunc(time.Second, func() { close(end) })
	defer late.Stop()
	require.NoError(t, wait(patience))
}
