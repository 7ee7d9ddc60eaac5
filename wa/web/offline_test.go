package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store/storetest"
	"github.com/sapa-chat/sapa/wa/watest"
)

// A connection can go away between the look whether there is one and its use: whoever asked is told so, and not of an error of ours.
func TestALinkWithoutAConnectionSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), watest.NewRecorder())
	w.link.Disconnect()
	require.Equal(t, "number_offline", fault.ReasonOf(w.link.SetTyping(t.Context(), w.Contact(), true)))
	require.Equal(t, "number_offline", fault.ReasonOf(w.link.MarkRead(t.Context(), w.Contact(), []string{"A1"})))
}
