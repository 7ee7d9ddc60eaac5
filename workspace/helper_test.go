package workspace_test

import (
	"context"
	"testing"
)

// contextOf is a context that ends with the test or before.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	return ctx, stop
}
