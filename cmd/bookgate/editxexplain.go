package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
)

func newEDItXExplain(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Say what a finding means and what to do about it",
		Long: `Say what the code of a finding means, and what a sender does about it. Without a
code, list them all.`,
		Example: `  bookgate editx explain
  bookgate editx explain ean-check`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listCodes(a, asJSON)
			}
			return explainCode(a, args[0], asJSON)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func listCodes(a app, asJSON bool) error {
	all := editx.Explanations()
	if asJSON {
		return printJSON(a.out, all)
	}
	t := newTable(a.out, "CODE", "MEANING")
	for _, e := range all {
		t.row(e.Code, e.Title)
	}
	return t.flush()
}

func explainCode(a app, code string, asJSON bool) error {
	e, ok := editx.Explain(strings.ToLower(code))
	switch {
	case !ok:
		return usagef("there is no code %q\n  See: bookgate editx explain", code)
	case asJSON:
		return printJSON(a.out, e)
	}
	fmt.Fprintf(a.out, "%s: %s\n\n", e.Code, e.Title)
	paragraph(a.out, e.Means)
	paragraph(a.out, e.Remedy)
	if e.Example != "" {
		fmt.Fprintf(a.out, "  For example: %s\n", e.Example)
	}
	return nil
}

// paragraph writes a text in lines that fit a terminal.
func paragraph(w io.Writer, text string) {
	const width = 78
	line := " "
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width {
			fmt.Fprintln(w, line)
			line = " "
		}
		line += " " + word
	}
	fmt.Fprintf(w, "%s\n\n", line)
}
