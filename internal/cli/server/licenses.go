package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/notices"
)

// newLicenses prints what the licenses of others ask to be printed.
func newLicenses(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "licenses",
		Short: "Print the licenses and notices of everything in this program",
		Long: `licenses prints the name, version, license and the whole notices of every module
that this program is made of, of the Go standard library, and of SQLite. At a
terminal it shows them with the program that PAGER names, or with less.`,
		Example: `  bookgate licenses
  bookgate licenses --json | jq -r '.[] | .name + " " + .license'`,
		Args: cli.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			all, err := notices.All()
			if err != nil {
				return err
			}
			if asJSON {
				return cli.PrintJSON(a.Out, all)
			}
			return paged(a, func(w io.Writer) error { return printNotices(w, all) })
		},
	}
	cli.JSONFlag(c, &asJSON)
	return c
}

func printNotices(w io.Writer, all []notices.Notice) error {
	t := cli.NewTable(w, "NAME", "VERSION", "LICENSE")
	for _, n := range all {
		t.Row(n.Name, n.Version, n.License)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	rule := strings.Repeat("-", 80)
	for _, n := range all {
		for _, text := range n.Texts {
			_, err := fmt.Fprintf(w, "\n%s\n%s %s: %s\n%s\n\n%s\n",
				rule, n.Name, n.Version, text.File, rule, strings.TrimRight(text.Text, "\n"))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// paged prints through a pager where a person reads, and plainly elsewhere or
// when no pager is installed.
func paged(a cli.App, print func(io.Writer) error) error {
	pager := a.Env("PAGER")
	if pager == "" {
		pager = "less"
	}
	words := strings.Fields(pager)
	file, ok := a.Document.(*os.File)
	if !ok || !cli.IsTerminal(file) || len(words) == 0 {
		return print(a.Out)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return print(a.Out)
	}
	cmd := exec.Command(path, words[1:]...)
	cmd.Stdout, cmd.Stderr = file, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return print(a.Out)
	}
	err = print(cli.NewTextWriter(in))
	in.Close()
	if errors.Is(err, syscall.EPIPE) {
		err = nil // the reader has seen enough
	}
	return errors.Join(err, cmd.Wait())
}
