package control

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bin "go.mau.fi/whatsmeow/binary"

	"github.com/sapa-chat/sapa/sim"
)

func TestTheJournalNumbersItsLinesAndForgetsOldOnes(t *testing.T) {
	t.Parallel()
	j := newJournal(nil)
	_, more := j.after(0, 10)
	for range 5 * keptLines {
		j.add("control", "", "x")
	}
	<-more
	lines, _ := j.after(0, 10)
	require.Len(t, lines, 10)
	require.LessOrEqual(t, len(j.lines), 2*keptLines)
	require.Equal(t, lines[0].Seq+9, lines[9].Seq)
	lines, _ = j.after(5*keptLines-1, 10)
	require.Equal(t, int64(5*keptLines), lines[0].Seq)
	lines, _ = j.after(5*keptLines, 10)
	require.Empty(t, lines)
}

func TestStanzasAreTracedWithoutContent(t *testing.T) {
	t.Parallel()
	j := newJournal(func() time.Time { return time.Unix(1, 0) })
	asked := false
	hook := j.trace("from", func(sim.Stanza) bool { asked = true; return false })
	node := &bin.Node{Tag: "message", Attrs: bin.Attrs{"id": "3EB0", "type": "text", "notify": "Ani"}, Content: []byte("secret")}
	require.False(t, hook(sim.Stanza{Phone: "6281", Device: 1, Node: node}), "the hook before decides")
	require.True(t, asked)
	lines, _ := j.after(0, 1)
	require.Equal(t, LogLine{Seq: 1, Time: time.Unix(1, 0), Kind: "stanza", Phone: "6281", Text: `from device 1: <message id="3EB0" type="text">`}, lines[0])
}

func TestTheNetworksLogIsShown(t *testing.T) {
	t.Parallel()
	j := newJournal(nil)
	slog.New(j.handler(nil)).With("node", "x").Info("listening", "port", 1)
	lines, _ := j.after(0, 1)
	require.Equal(t, "network", lines[0].Kind)
	require.Contains(t, lines[0].Text, "INFO listening port=1")
}
