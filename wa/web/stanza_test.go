package web

import (
	"bytes"
	"compress/zlib"
	"testing"

	"github.com/stretchr/testify/require"
	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

func packedFrame(t testing.TB, n bin.Node) []byte {
	t.Helper()
	data, err := bin.Marshal(n)
	require.NoError(t, err)
	return data
}

// stanzas are some as WhatsApp sends them.
func stanzas(t testing.TB) [][]byte {
	t.Helper()
	someone := types.NewADJID("6281234567890", 0, 7)
	all := []bin.Node{
		{Tag: "success", Attrs: bin.Attrs{"t": "1790000000", "lid": types.NewJID("123", types.HiddenUserServer)}},
		{Tag: "message", Attrs: bin.Attrs{"id": "3EB0AB12CD", "from": someone, "type": "text", "offline": "1", "participant": types.NewJID("", types.GroupServer)},
			Content: []bin.Node{{Tag: "enc", Attrs: bin.Attrs{"v": "2", "type": "pkmsg"}, Content: bytes.Repeat([]byte{7}, 300)}, {Tag: "reporting"}}},
		{Tag: "iq", Attrs: bin.Attrs{"id": "1.2-3", "type": "set", "xmlns": "md", "from": types.ServerJID}, Content: []bin.Node{{Tag: "pair-device", Content: []bin.Node{{Tag: "ref", Content: []byte("2@abc")}}}}},
		{Tag: "receipt", Attrs: bin.Attrs{"id": "unknown words and spaces", "from": types.NewJID("12@ü", "lid"), "t": "-1.5"}},
	}
	var frames [][]byte
	for _, n := range all {
		frame := packedFrame(t, n)
		var z bytes.Buffer
		z.WriteByte(2)
		w := zlib.NewWriter(&z)
		_, err := w.Write(frame[1:])
		require.NoError(t, err)
		require.NoError(t, w.Close())
		frames = append(frames, frame, z.Bytes())
	}
	return frames
}

func TestWhatWhatsAppSendsIsLetThrough(t *testing.T) {
	t.Parallel()
	for _, frame := range stanzas(t) {
		require.NoError(t, checkStanza(frame), "%x", frame)
	}
}

// Each of these ends a process that decodes it, or eats its memory.
func TestAFrameThatWouldEndTheProcessIsRefused(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	bomb.WriteByte(2)
	z := zlib.NewWriter(&bomb)
	_, err := z.Write(make([]byte, largestStanza+1))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	whole := packedFrame(t, bin.Node{Tag: "message", Attrs: bin.Attrs{"id": "1"}})
	for name, frame := range map[string][]byte{
		"nothing":                  {},
		"only a flag":              {0},
		"a tag that is a list":     {0, 248, 1, 248, 0},
		"a tag that is nothing":    {0, 248, 1, 0},
		"minus one letter":         {0, 248, 2, 19, 255, 0x80},
		"a user that is a list":    {0, 248, 2, 19, 250, 248, 0, 3},
		"a user that is a JID":     {0, 248, 2, 19, 250, 250, 3, 3, 3},
		"no server":                {0, 248, 2, 19, 250, 3, 0},
		"a device of nobody":       {0, 248, 2, 19, 247, 0, 0, 0},
		"a key that is a list":     {0, 248, 3, 19, 248, 0, 3},
		"an id that is a JID":      {0, 248, 3, 25, 8, 250, 3, 3},
		"an id that is nothing":    {0, 248, 3, 25, 8, 0},
		"a question without an id": {0, 248, 1, 25},
		"a word nobody knows":      {0, 248, 2, 19, 240},
		"a list longer than it is": {0, 248, 2, 19, 249, 255, 255},
		"bytes that are not there": {0, 248, 2, 19, 254, 255, 255, 255, 255},
		"lists within lists":       append([]byte{0}, bytes.Repeat([]byte{248, 2, 19, 248, 1}, 1<<20)...),
		"JIDs within JIDs":         append([]byte{0, 248, 2, 19}, bytes.Repeat([]byte{250}, 1<<20)...),
		"many nodes":               append([]byte{0, 248, 2, 19, 249, 255, 255}, bytes.Repeat([]byte{248, 2, 19, 249, 0, 9, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19, 248, 1, 19}, 65535)...),
		"a bomb":                   bomb.Bytes(),
		"not compressed":           {2, 1, 2, 3},
		"something behind":         append(bytes.Clone(whole), 0),
		"cut off":                  whole[:len(whole)-1],
	} {
		require.ErrorIs(t, checkStanza(frame), errStanza, name)
	}
}

// FuzzStanza looks for frames that are let through and end the process all the same, or cannot be decoded.
func FuzzStanza(f *testing.F) {
	for _, frame := range stanzas(f) {
		f.Add(frame)
	}
	f.Add([]byte{0, 248, 2, 19, 255, 0x80})
	f.Fuzz(func(t *testing.T, frame []byte) {
		if checkStanza(frame) != nil {
			return
		}
		data, err := bin.Unpack(frame)
		require.NoError(t, err)
		n, err := bin.Unmarshal(data)
		if err == nil {
			_, isText := n.Attrs["id"].(string)
			require.True(t, isText || n.Tag != "iq", "whatsmeow takes the id of a question for a text")
		}
	})
}
