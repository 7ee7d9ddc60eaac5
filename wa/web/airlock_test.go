package web

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// frameOf is a frame of WhatsApp's with its length before it.
func frameOf(payload []byte) []byte {
	n := len(payload)
	return append([]byte{byte(n >> 16), byte(n >> 8), byte(n)}, payload...)
}

// through sends what came over the line through an airlock that refuses a frame "bad".
func through(line []byte) (out []byte, checked [][]byte, err error) {
	a := &airlock{line: bufio.NewReaderSize(bytes.NewReader(line), lineBuffer), check: func(frame []byte) error {
		if string(frame) == "bad" {
			return errors.New("it is bad")
		}
		checked = append(checked, bytes.Clone(frame))
		return nil
	}}
	out, err = io.ReadAll(a)
	return out, checked, err
}

func TestEveryFrameLeavesTheAirlockAsAMessageOfItsOwn(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("abc"), 40_000)
	frames := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("2"), 200), large}
	var stream, want []byte
	for _, f := range frames {
		stream = append(stream, frameOf(f)...)
		want = appendMessage(want, frameOf(f))
	}
	ping := []byte{0x89, 2, 'h', 'i'}
	for _, piece := range []int{1, 2, 3, 100, 65536, len(stream)} {
		var line []byte
		for i := 0; i < len(stream); i += piece {
			line = appendMessage(line, stream[i:min(len(stream), i+piece)])
		}
		out, checked, err := through(line)
		require.NoError(t, err)
		require.Equal(t, frames, checked, "in pieces of %d", piece)
		require.True(t, bytes.Equal(want, out), "in pieces of %d", piece)
	}
	line := append(appendMessage(nil, stream[:4]), ping...)
	line[0] &^= wsFinal // a message in two parts, with a ping between
	rest := appendMessage(nil, stream[4:])
	rest[0] = wsFinal
	out, _, err := through(append(line, rest...))
	require.NoError(t, err)
	require.True(t, bytes.Equal(append(bytes.Clone(ping), want...), out))
}

func TestTheAirlockClosesBeforeWhatIsBad(t *testing.T) {
	t.Parallel()
	good, bad := appendMessage(nil, frameOf([]byte("good"))), appendMessage(nil, frameOf([]byte("bad")))
	for name, line := range map[string][]byte{
		"a frame that is refused": bad,
		"a masked message":        {0x82, 0x80, 0, 0, 0, 0},
		"a compressed message":    {0xc2, 0},
		"a text":                  {0x81, 1, 'x'},
		"a long ping":             {0x89, 126, 0, 200},
		"a size without end":      {0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0},
		"a size that is too much": {0x82, 127, 0, 0, 0, 0, 0xff, 0, 0, 0},
	} {
		out, _, err := through(append(bytes.Clone(good), line...))
		require.ErrorIs(t, err, errLine, name)
		require.Equal(t, good, out, "%s: what came before is handed on", name)
	}
	_, _, err := through(append(bytes.Clone(good), 0x82, 100, 1))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a line that is cut is no frame that is bad")
	require.NotErrorIs(t, err, errLine)
}

// FuzzAirlock looks for a line that the airlock cannot pass, or that leaves it as something else than whole frames.
func FuzzAirlock(f *testing.F) {
	f.Add(appendMessage(appendMessage(nil, frameOf([]byte("one"))), frameOf(bytes.Repeat([]byte("2"), 300))))
	f.Add([]byte{0x82, 2, 0, 0, 0x89, 0, 0x80, 2, 1, 'x'})
	f.Fuzz(func(t *testing.T, line []byte) {
		out, checked, _ := through(line)
		for _, frame := range checked {
			message := appendMessage(nil, frameOf(frame))
			at := bytes.Index(out, message)
			require.GreaterOrEqual(t, at, 0)
			out = out[at+len(message):]
		}
	})
}
