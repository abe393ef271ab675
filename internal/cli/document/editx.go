package document

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/cli"
)

// Command groups the commands on documents; more are those that need a server.
func Command(a cli.App, more ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   "editx",
		Short: "Fetch, check, explain and convert EDItX documents",
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx check order.xml
  bookgate editx explain ean-check`,
	}
	c.AddCommand(newEDItXCheck(a), newEDItXConvert(a), newEDItXExplain(a))
	c.AddCommand(more...)
	return c
}

// conversion is what was asked of convert.
type conversion struct {
	file, to, output, profile string
	drop                      bool
}

func newEDItXConvert(a cli.App) *cobra.Command {
	var want conversion
	c := &cobra.Command{
		Use:   "convert FILE",
		Short: "Convert an EDItX order to another version",
		Long: `Read an EDItX order of any version and write it as 1.1, 1.2 or 1.3, in schema order
and in UTF-8. Findings are printed to standard error. Output in 1.1 or 1.2 is valid
against the public schema; an order with more than that is refused, with a list of the
elements that do not fit.`,
		Example: `  bookgate editx convert --to 1.2 order.xml -o order-1.2.xml
  bookgate editx convert --to 1.3 --drop-unknown - <old.xml >new.xml`,
		Args: cli.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			want.file = args[0]
			return convert(a, want)
		},
	}
	c.Flags().StringVar(&want.to, "to", "1.3", "the version to write: 1.1, 1.2 or 1.3")
	c.Flags().StringVarP(&want.output, "output", "o", "", "output file, which is overwritten")
	c.Flags().BoolVar(&want.drop, "drop-unknown", false, "leave out elements that are empty or not part of EDItX")
	documentProfileFlag(c, &want.profile)
	return c
}

func convert(a cli.App, want conversion) error {
	p, err := editx.ParseProfile(want.profile)
	if err != nil {
		return cli.Usage(err)
	}
	if !slices.Contains([]string{"1.1", "1.2", "1.3"}, want.to) {
		return cli.Usagef("version %q is not written here; --to takes 1.1, 1.2 or 1.3", want.to)
	}
	out, err := converted(a, want, p)
	if err != nil {
		return err
	}
	return cli.WriteDocument(a, want.output, out)
}

// converted returns the document in the other version.
func converted(a cli.App, want conversion, p editx.Profile) ([]byte, error) {
	body, err := cli.ReadDocument(a, want.file)
	if err != nil {
		return nil, err
	}
	o, findings, err := editx.DecodeAs(body, p)
	if len(findings) > 0 {
		printReport(a.Err, want.file, body, editx.Report{Findings: findings})
	}
	if err != nil {
		return nil, cli.RefusedDocument(err)
	}
	if want.drop {
		o.Extensions = nil
	}
	var out bytes.Buffer
	if err := editx.EncodeVersion(&out, &o, want.to); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func newEDItXExplain(a cli.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain a finding and how to correct it",
		Long: `Explain the code of a finding, and how a sender corrects it. Without a code, list all
codes.`,
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
	cli.JSONFlag(c, &asJSON)
	return c
}

func listCodes(a cli.App, asJSON bool) error {
	all := editx.Explanations()
	if asJSON {
		return cli.PrintJSON(a.Out, all)
	}
	t := cli.NewTable(a.Out, "CODE", "MEANING")
	for _, e := range all {
		t.Row(e.Code, e.Title)
	}
	return t.Flush()
}

func explainCode(a cli.App, code string, asJSON bool) error {
	e, ok := editx.Explain(strings.ToLower(code))
	switch {
	case !ok:
		return cli.Usagef("there is no code %q\n  See: bookgate editx explain", code)
	case asJSON:
		return cli.PrintJSON(a.Out, e)
	}
	fmt.Fprintf(a.Out, "%s: %s\n\n", e.Code, e.Title)
	paragraph(a.Out, e.Means)
	paragraph(a.Out, e.Remedy)
	if e.Example != "" {
		fmt.Fprintf(a.Out, "  For example: %s\n", e.Example)
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
