package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/jsontext"
)

// jsonFlag adds --json to a reading command.
func jsonFlag(c *cobra.Command, v *bool) {
	c.Flags().BoolVar(v, "json", false, "print JSON instead of a table")
}

// printJSON writes one value for programs.
func printJSON(w io.Writer, v any) error {
	text, err := jsontext.MarshalIndent(v)
	if err != nil {
		return err
	}
	return printDocument(w, text)
}

// printJSONLine writes one value on one line, for streams.
func printJSONLine(w io.Writer, v any) error {
	text, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	return printDocument(w, append(text, '\n'))
}

func printDocument(w io.Writer, text []byte) error {
	_, err := io.WriteString(w, escapeJSON(string(text)))
	return err
}

// notNil makes an empty list print as [] and not as null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// table writes rows in columns for people.
type table struct {
	w *tabwriter.Writer
}

func newTable(w io.Writer, columns ...string) *table {
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row(columns...)
	return t
}

// row adds a row.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = printable(c)
	}
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

func (t *table) flush() error { return t.w.Flush() }
