package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
)

func TestARefusalHasNoOtherCause(t *testing.T) {
	t.Parallel()
	offline := fault.Errorf(fault.Unavailable, "this number is not connected")
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"a fault":                         {offline, true},
		"a fault with words around it":    {fmt.Errorf("typing: %w", offline), true},
		"two faults":                      {errors.Join(offline, offline), true},
		"a fault with a cause beneath it": {fmt.Errorf("%w: %w", offline, context.DeadlineExceeded), false},
		"an error of another kind":        {errors.New("disk I/O error"), false},
		"an error within an error":        {fmt.Errorf("read: %w", context.Canceled), false},
		"a fault that is internal":        {fault.Errorf(fault.Internal, "a mistake"), false},
		"no error":                        {nil, false},
	} {
		require.Equal(t, c.want, fault.IsRefusal(c.err), name)
	}
}
