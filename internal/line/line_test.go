package line_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/line"
)

func TestWhatFitsOnALine(t *testing.T) {
	t.Parallel()
	for text, clean := range map[string]string{
		"Toko Melati": "Toko Melati", "<b>Ayu</b>": "<b>Ayu</b>", "👩‍👩‍👧 Keluarga": "👩‍👩‍👧 Keluarga", "متجر": "متجر",
		"": "", " ": "", "\u200b": "", "\u200d\ufe0f": "", "a\u202eb": "ab", "a\nb": "ab", "a\x00b": "ab", "a\u2028b": "ab", "\u2066a": "a", "\xffa": "a",
	} {
		require.Equal(t, clean, line.Clean(text), "%q", text)
		require.Equal(t, text != "" && text == clean, line.Fits(text), "%q", text)
	}
}
