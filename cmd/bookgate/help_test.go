package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bookgate/bookgate/internal/cli"
)

// walk calls do for every command that a person can run.
func walk(c *cobra.Command, do func(*cobra.Command)) {
	for _, sub := range c.Commands() {
		if sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		do(sub)
		walk(sub, do)
	}
}

func testRoot() *cobra.Command {
	a := cli.App{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
	return cli.NewRoot(a, commands(a))
}

// TestEveryCommandIsExplained demands a sentence and two examples of each.
func TestEveryCommandIsExplained(t *testing.T) {
	walk(testRoot(), func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q is no heading", c.CommandPath(), c.Short)
		}
		if len(examples(c)) < 2 {
			t.Errorf("%s has %d examples, want 2 or more", c.CommandPath(), len(examples(c)))
		}
	})
}

// call finds a call of the program in an example line: up to a pipe, a
// redirection or a remark.
var call = regexp.MustCompile(`(?m)(?:^|\s)(bookgate [^|<>#\n]+)`)

func examples(c *cobra.Command) (calls []string) {
	for _, m := range call.FindAllStringSubmatch(c.Example, -1) {
		calls = append(calls, m[1])
	}
	return calls
}

// TestExamplesAreTrue parses every example as the program would: the command,
// its flags and the number of its arguments.
func TestExamplesAreTrue(t *testing.T) {
	walk(testRoot(), func(c *cobra.Command) {
		for _, line := range examples(c) {
			words := shellWords(line)[1:]
			root := testRoot() // a fresh one: flags remember what was set
			found, rest, err := root.Find(words)
			if err != nil || found == root {
				t.Errorf("%s: no such command: %v", line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	})
}

// shellWords splits a line as a shell does, with single and double quotes.
func shellWords(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|'([^']*)'|\S+`).FindAllStringSubmatch(strings.TrimSpace(line), -1) {
		word := m[0]
		if m[1] != "" || m[2] != "" {
			word = m[1] + m[2]
		}
		words = append(words, word)
	}
	return words
}

// TestReadersSpeakJSON demands --json of every command that shows data.
func TestReadersSpeakJSON(t *testing.T) {
	readers := []string{
		"bookgate backup",
		"bookgate backup list",
		"bookgate backup verify",
		"bookgate client add",
		"bookgate client list",
		"bookgate client rotate",
		"bookgate config show",
		"bookgate db migrate",
		"bookgate db scrub",
		"bookgate db status",
		"bookgate deliveries",
		"bookgate deliveries show",
		"bookgate editx check",
		"bookgate editx explain",
		"bookgate erase order",
		"bookgate erase party",
		"bookgate feed",
		"bookgate inbox",
		"bookgate key add",
		"bookgate key list",
		"bookgate lease list",
		"bookgate licenses",
		"bookgate listen",
		"bookgate order",
		"bookgate outbox",
		"bookgate party list",
		"bookgate party show",
		"bookgate replicas",
		"bookgate restore",
		"bookgate route list",
		"bookgate send",
		"bookgate store copy",
		"bookgate tariff list",
		"bookgate user list",
		"bookgate webhook add",
		"bookgate webhook attempts",
		"bookgate webhook deliveries",
		"bookgate webhook list",
		"bookgate webhook rotate",
		"bookgate webhook show",
	}
	found := 0
	walk(testRoot(), func(c *cobra.Command) {
		if !slices.Contains(readers, c.CommandPath()) {
			return
		}
		found++
		if c.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", c.CommandPath())
		}
	})
	if found != len(readers) {
		t.Errorf("%d of the %d readers are there", found, len(readers))
	}
}

// TestNoSecretInArguments looks for flags that would carry a secret where
// every user of the machine can read it. The name of a file is not a secret.
func TestNoSecretInArguments(t *testing.T) {
	secret := regexp.MustCompile(`password|secret|token|ticket`)
	walk(testRoot(), func(c *cobra.Command) {
		for _, name := range flagNames(c) {
			f := c.Flags().Lookup(name)
			if secret.MatchString(name) && f.Value.Type() != "bool" && !strings.HasSuffix(name, "-file") {
				t.Errorf("%s --%s takes a secret as its value", c.CommandPath(), name)
			}
		}
	})
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
