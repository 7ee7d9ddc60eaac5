package inbox

import (
	"strings"
	"unicode/utf8"

	"github.com/sapa-chat/sapa/wa"
)

// sanitize makes a foreign message fit for both databases: valid UTF-8 without NUL, which PostgreSQL refuses, and bounded text.
// Nothing else is changed: text is shown as it came, and whoever shows it escapes it.
func sanitize(m wa.Incoming) wa.Incoming {
	m.ID = clean(m.ID, maxIDBytes)
	m.Text = clean(m.Text, wa.MaxTextBytes)
	if m.Kind == "" {
		m.Kind = wa.KindUnsupported
	}
	if m.Quoted != nil {
		q := *m.Quoted
		q.ID, q.Text = clean(q.ID, maxIDBytes), clean(q.Text, wa.MaxTextBytes)
		m.Quoted = &q
	}
	return m
}

// maxIDBytes bounds a WhatsApp id, which a stranger's client chooses.
const maxIDBytes = 256

// clean cuts text to valid UTF-8 without NUL, of at most max bytes.
func clean(text string, max int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\x00", "")
	if len(text) <= max {
		return text
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max]
}
