package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/order"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a limit on the size of files is an error of the write, and not our end
	os.Exit(run(ctx, os.Args[1:], app{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}))
}

// app is what a command has of the world around it.
type app struct {
	in       io.Reader
	out, err io.Writer // text for people; run makes them harmless to a terminal
	document io.Writer // standard output for documents, byte for byte; set by run
	terminal io.Writer // standard error for lines that are rewritten in place, and for the log; set by run
	environ  []string  // NAME=value
	dir      string    // which names of files are relative to; empty for the working directory
	version  string    // of the program
}

// path returns the place of a file that a person named: the name itself, or below
// the folder of the app where it has one.
func (a app) path(name string) string {
	if a.dir == "" || name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}

// env gives an environment variable, or "".
func (a app) env(name string) string {
	for _, kv := range a.environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// The exit codes, as documented in the README.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitNotAllowed  = 4
	exitConflict    = 5
	exitRefused     = 6 // a document was refused
	exitUnavailable = 7 // network or server; try again
	exitPartial     = 8 // a part of a batch failed
	exitConfig      = 78
	exitInterrupted = 130
)

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, a app) int {
	a.version = version
	return execute(ctx, args, a, commands)
}

// commands are those of the program, in the groups in which help shows them.
func commands(a app) []group {
	return []group{
		{id: "server", title: "The server:", commands: serverCommands(a)},
		{id: "admin", title: "Administration, on the store itself:", commands: adminCommands(a)},
		{id: "client", title: "For senders and receivers:", commands: append(clientCommands(a), newEDItX(a, newEDItXGet(a)))},
	}
}

// group is a part of the commands, as help shows it.
type group struct {
	id, title string
	commands  []*cobra.Command
}

// execute carries out one command line of a program with such commands, and returns
// the exit code.
func execute(ctx context.Context, args []string, a app, commands func(app) []group) int {
	a.document, a.terminal = a.out, a.err
	a.out, a.err = newTextWriter(a.out), newTextWriter(a.err)
	root := newRoot(a, commands(a))
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errSilent) {
		printError(a.err, err)
	}
	return exitCode(err)
}

// newRoot builds the command tree.
func newRoot(a app, groups []group) *cobra.Command {
	root := &cobra.Command{
		Use:   "bookgate",
		Short: "The order exchange gateway of the book trade",
		Long: `bookgate takes EDItX orders from bookshops, school portals and libraries, routes
them to publishers and distributors, and carries the answers back.`,
		Example: `  bookgate demo                                 # try it: sample data, thrown away at the end
  bookgate serve --data ./bookgate-data         # run it`,
		Version:       a.version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w\n  See: %s --help", err, c.CommandPath())
	})
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	refuseStrayArguments(root)
	return root
}

// refuseStrayArguments makes every command that only groups others answer an
// unknown word with the nearest command instead of its help and success.
func refuseStrayArguments(c *cobra.Command) {
	if c.HasSubCommands() && c.Run == nil && c.RunE == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return usage(unknownCommand(c, args[0]))
		}
	}
	for _, sub := range c.Commands() {
		refuseStrayArguments(sub)
	}
}

func unknownCommand(c *cobra.Command, word string) error {
	hint := fmt.Sprintf("See: %s --help", c.CommandPath())
	for distance := 2; distance > 0; distance-- {
		c.SuggestionsMinimumDistance = distance
		if near := c.SuggestionsFor(word); len(near) > 0 {
			hint = fmt.Sprintf("Did you mean: %s %s", c.CommandPath(), near[0])
		}
	}
	return fmt.Errorf("%s has no command %q\n  %s", c.CommandPath(), word, hint)
}

// errSilent ends a command whose words have been said.
var errSilent = errors.New("said already")

// usageError is a command line that cannot be carried out.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage makes err the fault of the command line: exit code 2.
func usage(err error) error { return usageError{err} }

// usagef returns a fault of the command line.
func usagef(format string, values ...any) error { return usage(fmt.Errorf(format, values...)) }

// codedError ends a command with an exit code of its own. A nil error says
// nothing more.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

// withExit returns err with the exit code that it ends the command with.
func withExit(code int, err error) error { return codedError{code, err} }

// exitCode maps an error to what a script can act on.
func exitCode(err error) int {
	var coded codedError
	var usage usageError
	var e *order.Error
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &e) && wrongStore(e):
		return exitConfig
	case errors.As(err, &e):
		return exitOfKind(e)
	}
	return exitFailure
}

// wrongStore tells what somebody has to put right at a store, or at the setting
// that leads to it, from what may pass: there the store's errors are
// Unavailable.
func wrongStore(e *order.Error) bool {
	return e.Kind == order.Invalid && strings.HasPrefix(e.Code, "store-") || e.Code == "store-damaged"
}

func exitOfKind(e *order.Error) int {
	switch e.Kind {
	case order.NotFound, order.Gone:
		return exitNotFound
	case order.Unauthenticated, order.Forbidden:
		return exitNotAllowed
	case order.Conflict, order.Stale:
		return exitConflict
	case order.Malformed, order.Invalid, order.TooLarge, order.Unsupported, order.NotAllowed:
		if strings.HasPrefix(e.Code, "xml-") || strings.HasPrefix(e.Code, "editx-") {
			return exitRefused
		}
		return exitUsage
	case order.TooMany, order.Unavailable:
		return exitUnavailable
	}
	return exitFailure
}

// printError says what happened and what to do next. What is Internal shows
// its cause here: the reader is the operator.
func printError(w io.Writer, err error) {
	var e *order.Error
	if !errors.As(err, &e) {
		fmt.Fprintf(w, "bookgate: %v\n", err)
		return
	}
	fmt.Fprintf(w, "bookgate: %s\n", e.Detail)
	for _, f := range e.Fields {
		switch message := strings.TrimSuffix(f.Message, "."); {
		case !strings.Contains(e.Detail, message):
			fmt.Fprintf(w, "  %s%s\n", fieldPlace(f), f.Message)
		case f.Path != "":
			fmt.Fprintf(w, "  in %s\n", f.Path)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(w, "  cause: %v\n", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "  %s\n", e.Hint)
	}
}

// fieldPlace tells where a value at fault stands.
func fieldPlace(f order.Field) string {
	switch {
	case f.Line > 0 && f.Path != "":
		return fmt.Sprintf("line %d, column %d   %s: ", f.Line, f.Column, f.Path)
	case f.Line > 0:
		return fmt.Sprintf("line %d, column %d   ", f.Line, f.Column)
	case f.Path != "":
		return f.Path + ": "
	case f.Pointer != "":
		return f.Pointer + ": "
	case f.Parameter != "":
		return f.Parameter + ": "
	}
	return ""
}
