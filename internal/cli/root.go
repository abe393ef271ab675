package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// App is what a command has of the world around it.
type App struct {
	In       io.Reader
	Out, Err io.Writer // text for people; Run makes them harmless to a terminal
	Document io.Writer // standard output for documents, byte for byte; set by Run
	Terminal io.Writer // standard error for lines that are rewritten in place, and for the log; set by Run
	Environ  []string  // NAME=value
	Dir      string    // which names of files are relative to; empty for the working directory
	Version  string    // of the program

	HashPassword func(password string) string // nil for the hash of package auth; tests take a cheaper one
}

// Path returns the place of a file that a person named: the name itself, or below
// the folder of the app where it has one.
func (a App) Path(name string) string {
	if a.Dir == "" || name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.Dir, name)
}

// Env returns an environment variable, or "".
func (a App) Env(name string) string {
	for _, kv := range a.Environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// Group is a part of the commands, as help shows it.
type Group struct {
	ID, Title string
	Commands  []*cobra.Command
}

// Run carries out one command line of a program with such commands, and returns
// the exit code.
func Run(ctx context.Context, args []string, a App, commands func(App) []Group) int {
	a.Document, a.Terminal = a.Out, a.Err
	a.Out, a.Err = NewTextWriter(a.Out), NewTextWriter(a.Err)
	root := NewRoot(a, commands(a))
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	if !errors.Is(err, ErrSilent) {
		PrintError(a.Err, err)
	}
	return ExitCode(err)
}

// NewRoot builds the command tree.
func NewRoot(a App, groups []Group) *cobra.Command {
	root := &cobra.Command{
		Use:   "bookgate",
		Short: "The order exchange gateway of the book trade",
		Long: `bookgate takes EDItX orders from bookshops, school portals and libraries, routes
them to publishers and distributors, and carries the answers back.`,
		Example: `  bookgate demo                                 # try it: sample data, thrown away at the end
  bookgate serve --data ./bookgate-data         # run it`,
		Version:       a.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return Usagef("%w\n  See: %s --help", err, c.CommandPath())
	})
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.ID, Title: g.Title})
		for _, c := range g.Commands {
			c.GroupID = g.ID
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
			return Usage(unknownCommand(c, args[0]))
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
