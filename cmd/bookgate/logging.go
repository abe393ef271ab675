package main

import (
	"bytes"
	"io"
	standard "log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/bookgate/bookgate/internal/logsink"
)

// logPatience is how long the program waits at its end for a log that takes
// nothing.
const logPatience = 2 * time.Second

// withLog runs a server whose log never makes it wait: everything that goes to
// standard error goes through a sink. The error is shown by the same way, so
// that a reader who has stopped does not keep the process from its end.
func withLog(a app, s serveConfig, run func(app, serveConfig, *slog.Logger) error) error {
	signal.Ignore(syscall.SIGPIPE) // a reader of the log that ends is an error of the write, and not our end
	if s.logFormat == "auto" {
		s.logFormat = "json"
		if isTerminal(a.terminal) {
			s.logFormat = "text"
		}
	}
	s.sink = logsink.New(a.terminal, func(g logsink.Gap) []byte { return gapLine(s, g) })
	defer s.sink.Close(logPatience)
	a.terminal, a.err = s.sink, newTextWriter(s.sink)
	log := newLog(s.sink, s)
	takeLibraryLog(log)
	err := run(a, s, log)
	if err == nil {
		return nil
	}
	printError(a.err, err)
	return withExit(exitCode(err), errSilent)
}

// gapLine is the line of the log that says what is missing in it. It is written
// whatever --log-level says.
func gapLine(s serveConfig, g logsink.Gap) []byte {
	var line bytes.Buffer
	s.logLevel = "info"
	message := "the log could not be written for a while; its lines came late, and none is missing"
	if g.Lines > 0 {
		message = "lines of the log are missing here: it could not be written"
	}
	newLog(&line, s).Warn(message, "lines", g.Lines, "bytes", g.Bytes, "since", g.Since.UTC(),
		"seconds", g.Lasting.Seconds(), "cause", g.Cause)
	return line.Bytes()
}

// newLog makes the log that the settings ask for.
func newLog(w io.Writer, s serveConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(logWriter{w, escapeJSON}, options))
	}
	return slog.New(slog.NewTextHandler(logWriter{w, printableText}, options))
}

func isTerminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logTrouble is what /readyz says of the log.
func (s serveConfig) logTrouble() string {
	if s.sink == nil {
		return ""
	}
	return s.sink.Trouble()
}

// logLost is what the metrics count of the log.
func (s serveConfig) logLost() int64 {
	if s.sink == nil {
		return 0
	}
	return s.sink.Lost()
}

// takeLibraryLog makes what libraries write into the standard log part of ours.
// net/http writes there what a webhook's receiver sends behind its answer: as many
// lines as the receiver likes, in no form that a reader of JSON knows.
func takeLibraryLog(log *slog.Logger) {
	standard.SetFlags(0)
	standard.SetOutput(slog.NewLogLogger(log.Handler(), slog.LevelDebug).Writer())
}
