package control

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// journal is the live log: the last lines, and whoever waits for the next. It never holds message text.
type journal struct {
	now func() time.Time

	mu    sync.Mutex
	last  int64
	lines []LogLine
	wake  chan struct{} // closed and replaced at each line
}

// LogLine is one thing that happened.
type LogLine struct {
	Seq   int64     `json:"seq"` // from 1, without gaps
	Time  time.Time `json:"time"`
	Kind  string    `json:"kind"` // "control", "network", "stanza"
	Phone string    `json:"phone,omitempty"`
	Text  string    `json:"text"`
}

const keptLines = 2000

func newJournal(now func() time.Time) *journal {
	if now == nil {
		now = time.Now
	}
	return &journal{now: now, wake: make(chan struct{})}
}

func (j *journal) add(kind, phone, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	j.lines = append(j.lines, LogLine{Seq: j.last, Time: j.now(), Kind: kind, Phone: phone, Text: text})
	if len(j.lines) > 2*keptLines {
		j.lines = append([]LogLine(nil), j.lines[keptLines:]...)
	}
	close(j.wake)
	j.wake = make(chan struct{})
}

// note writes down what was done through the API.
func (j *journal) note(what, phone, detail string) {
	if detail != "" {
		what += ": " + detail
	}
	j.add("control", phone, what)
}

// after returns the lines behind seq, at most limit, and a channel that closes at the next line.
func (j *journal) after(seq int64, limit int) ([]LogLine, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines) == 0 || seq >= j.last {
		return nil, j.wake
	}
	skip := max(0, int(seq-j.lines[0].Seq)+1)
	lines := j.lines[skip:]
	return append([]LogLine(nil), lines[:min(limit, len(lines))]...), j.wake
}

// trace writes down each stanza's name and id, then asks the hook that was there before.
func (j *journal) trace(direction string, before func(sim.Stanza) bool) func(sim.Stanza) bool {
	return func(s sim.Stanza) bool {
		text := fmt.Sprintf("%s device %d: <%s", direction, s.Device, s.Node.Tag)
		for _, attr := range []string{"id", "type", "xmlns", "class", "error", "category"} {
			if value, set := s.Node.Attrs[attr]; set {
				text += fmt.Sprintf(" %s=%q", attr, fmt.Sprint(value))
			}
		}
		j.add("stanza", s.Phone, text+">")
		return before == nil || before(s)
	}
}

// handler copies the network's log into the journal and hands it on.
func (j *journal) handler(next *slog.Logger) slog.Handler {
	if next == nil {
		next = slog.New(slog.DiscardHandler)
	}
	return &logHandler{Handler: next.Handler(), journal: j}
}

type logHandler struct {
	slog.Handler
	journal *journal
}

// Enabled lets the journal see what the next handler would not.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

// Handle writes to the journal and, if it wants the level, to the next handler.
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	text := record.Level.String() + " " + record.Message
	record.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	h.journal.add("network", "", text)
	if !h.Handler.Enabled(ctx, record.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs keeps the journal.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{Handler: h.Handler.WithAttrs(attrs), journal: h.journal}
}

// WithGroup keeps the journal.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{Handler: h.Handler.WithGroup(name), journal: h.journal}
}

// readLog answers the lines after ?after=.
func (s *Server) readLog(r *http.Request, _ struct{}) (map[string]any, error) {
	after, err := number(r, "after", 0)
	if err != nil {
		return nil, err
	}
	lines, _ := s.live.after(after, 500)
	next := after
	if len(lines) > 0 {
		next = lines[len(lines)-1].Seq
	}
	return map[string]any{"items": nonNil(lines), "next_after": next}, nil
}

// streamLog is server-sent events: one "data:" line of JSON for each log line, from now on or after ?after=.
func (s *Server) streamLog(w http.ResponseWriter, r *http.Request) {
	after, err := number(r, "after", 0)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		lines, more := s.live.after(after, 500)
		for _, line := range lines {
			raw, _ := json.Marshal(line) // numbers, times and text always encode
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", line.Seq, raw); err != nil {
				return
			}
			after = line.Seq
		}
		if out.Flush() != nil {
			return
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// number reads an optional whole number of the query.
func number(r *http.Request, name string, otherwise int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid("%s must be a whole number of 0 or more, not %q", name, text)
	}
	return n, nil
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
