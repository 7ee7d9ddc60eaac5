package web

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"

	"go.mau.fi/libsignal/logger"
	waLog "go.mau.fi/whatsmeow/util/log"
)

// clientLog puts whatsmeow's lines into slog. Its debug lines hold whole stanzas and are dropped unformatted; in the others
// long digit runs (phones, LIDs) are masked, and long lines (stanzas again) are cut.
type clientLog struct {
	log    *slog.Logger
	module string
	// broken is told of a frame that cannot be read: whatsmeow only logs it and goes on without what was in it.
	broken func(line string)
}

var digits = regexp.MustCompile(`\d{4,}(\d{3})`)

const longestLine = 200

func clean(line string) string {
	line = digits.ReplaceAllString(line, "…$1")
	if len(line) > longestLine {
		line = strings.ToValidUTF8(line[:longestLine], "") + "…"
	}
	return line
}

// Errorf logs at warn: an error of one number's client is no error of the program. A closed socket is news that arrives as a signal anyway.
func (l clientLog) Errorf(msg string, args ...any) {
	level := slog.LevelWarn
	if strings.HasPrefix(msg, "Error reading from websocket") || strings.HasPrefix(msg, "Event handler panicked") {
		level = slog.LevelDebug
	}
	l.line(level, msg, args)
}

// Warnf logs at info.
func (l clientLog) Warnf(msg string, args ...any) {
	l.line(slog.LevelInfo, msg, args)
	for _, unreadable := range []string{"Failed to decrypt frame", "Failed to decompress frame", "Failed to decode node in frame"} {
		if strings.HasPrefix(msg, unreadable) && l.broken != nil {
			l.broken(unreadable)
		}
	}
}

// Infof logs at debug.
func (l clientLog) Infof(msg string, args ...any) { l.line(slog.LevelDebug, msg, args) }

// Debugf drops.
func (l clientLog) Debugf(string, ...any) {}

// Sub names a part of whatsmeow.
func (l clientLog) Sub(module string) waLog.Logger { return clientLog{l.log, module, l.broken} }

func (l clientLog) line(level slog.Level, msg string, args []any) {
	if !l.log.Enabled(context.Background(), level) {
		return
	}
	l.log.Log(context.Background(), level, "whatsmeow: "+clean(fmt.Sprintf(msg, args...)), "part", l.module)
}

// signalSink is where libsignal's warnings go: the log of the first Provider of the process.
var signalSink atomic.Pointer[slog.Logger]

// libsignal keeps one process-wide logger, made without a lock at its first use, so the only safe moment to set it is
// before there is a second goroutine.
var _ = func() bool {
	var l logger.Loggable = signalLog{}
	logger.Setup(&l)
	return true
}()

// signalLog is libsignal's logger: warnings and errors without their arguments' long digits. Debug lines, which hold key
// material and which libsignal would print to standard output, are dropped.
type signalLog struct{}

func (signalLog) Debug(string, string)         {}
func (signalLog) Info(string, string)          {}
func (signalLog) Configure(string)             {}
func (l signalLog) Warning(caller, msg string) { l.tell(caller, msg) }
func (l signalLog) Error(caller, msg string)   { l.tell(caller, msg) }

func (signalLog) tell(caller, msg string) {
	if log := signalSink.Load(); log != nil {
		log.Info("libsignal: "+clean(msg), "caller", caller)
	}
}
