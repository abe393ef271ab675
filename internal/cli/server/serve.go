package server

import (
	"bytes"
	"io"
	standard "log"
	"log/slog"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/app"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/logsink"
)

// Commands are those that run the exchange.
func Commands(a cli.App) []*cobra.Command {
	return []*cobra.Command{newDemo(a), newServe(a), newConfig(a), newLicenses(a)}
}

// newServe runs the exchange.
func newServe(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the exchange",
		Long: `Run the exchange on the store in the data folder. The store is created when it does
not exist, and migrated when an older bookgate wrote it (see bookgate db migrate).
The server stops on SIGTERM or Ctrl-C after it has finished the current requests.
Every flag can also be set in the environment, as BOOKGATE_DATA, BOOKGATE_LISTEN and
so on, or in an env-file.

Orders and documents are retained permanently unless --retain-documents or
--retain-orders limit it. Bookkeeping laws require years: check those of your country.`,
		Example: `  bookgate serve --data ./bookgate-data
  bookgate serve --data /var/lib/bookgate --listen :8080 --public-url https://orders.example.no
  BOOKGATE_DATABASE=postgres://bookgate@db/bookgate bookgate serve --listen :8080`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			s, err := readServeConfig(a, conf)
			if err != nil {
				return err
			}
			return withLog(a, s,
				func(a cli.App, s app.Config, log *slog.Logger) error { return app.Serve(c.Context(), a.Err, s, log) })
		},
	}
	settings.AddFlags(c)
	return c
}

// logPatience is how long the program waits at its end for a log that takes
// nothing.
const logPatience = 2 * time.Second

// withLog runs a server whose log never makes it wait: everything that goes to
// standard error goes through a sink. The error is shown by the same way, so
// that a reader who has stopped does not keep the process from its end.
func withLog(a cli.App, s app.Config, run func(cli.App, app.Config, *slog.Logger) error) error {
	signal.Ignore(syscall.SIGPIPE) // a reader of the log that ends is an error of the write, and not our end
	if s.LogFormat == "auto" {
		s.LogFormat = "json"
		if cli.IsTerminal(a.Terminal) {
			s.LogFormat = "text"
		}
	}
	s.Sink = newSink(a.Terminal, s)
	defer s.Sink.Close(logPatience)
	a.Terminal, a.Err = s.Sink, cli.NewTextWriter(s.Sink)
	log := newLog(s.Sink, s)
	takeLibraryLog(log)
	err := run(a, s, log)
	if err == nil {
		return nil
	}
	cli.PrintError(a.Err, err)
	return cli.WithExit(cli.ExitCode(err), cli.ErrSilent)
}

// newSink makes the sink of a log. People read it in a terminal, programs as JSON.
func newSink(out io.Writer, s app.Config) *logsink.Sink {
	clean := cli.PrintableText
	if s.LogFormat == "json" {
		clean = cli.EscapeJSON
	}
	return logsink.New(out, clean, func(g logsink.Gap) []byte { return gapLine(s, g) })
}

// gapLine is the line of the log that says what is missing in it. It is written
// whatever --log-level says.
func gapLine(s app.Config, g logsink.Gap) []byte {
	var line bytes.Buffer
	s.LogLevel = "info"
	message := "the log could not be written for a while; its lines came late, and none is missing"
	if g.Lines > 0 {
		message = "lines of the log are missing here: it could not be written"
	}
	newLog(&line, s).Warn(message, "lines", g.Lines, "bytes", g.Bytes, "since", g.Since.UTC(),
		"seconds", g.Lasting.Seconds(), "cause", g.Cause)
	return line.Bytes()
}

// newLog makes the log that the settings ask for.
func newLog(w io.Writer, s app.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// takeLibraryLog makes what libraries write into the standard log part of ours.
// net/http writes there what a webhook's receiver sends behind its answer: as many
// lines as the receiver likes, in no form that a reader of JSON knows.
func takeLibraryLog(log *slog.Logger) {
	standard.SetFlags(0)
	standard.SetOutput(slog.NewLogLogger(log.Handler(), slog.LevelDebug).Writer())
}
