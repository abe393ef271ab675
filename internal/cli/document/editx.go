package document

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
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

func newEDItXCheck(a cli.App) *cobra.Command {
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check EDItX documents without sending them",
		Long: `Check EDItX documents on this machine and show every problem with its position.
Documents with warnings only are accepted. A file of - is standard input. The exit code
is 6 when a document is refused.

The profile sets what is refused: trade is the rules of the server, strict also requires
the public schema, lenient also accepts harmless deviations.`,
		Example: `  bookgate editx check order.xml
  bookgate editx check out/*.xml --profile strict --json`,
		Args: cli.MinArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := editx.ParseProfile(profile)
			if err != nil {
				return cli.Usage(err)
			}
			return checkFiles(a, args, p, asJSON)
		},
	}
	documentProfileFlag(c, &profile)
	cli.JSONFlag(c, &asJSON)
	return c
}

// documentProfileFlag adds --profile where it means how strictly is read.
func documentProfileFlag(c *cobra.Command, v *string) {
	c.Flags().StringVar(v, "profile", string(editx.Trade), "how documents are checked: strict, trade or lenient")
}

// checked is what was found in a file.
type checked struct {
	File     string        `json:"file"`
	Type     string        `json:"type,omitempty"`
	Version  string        `json:"version,omitempty"`
	Profile  string        `json:"profile"`
	Refused  bool          `json:"refused"`
	Problems []order.Field `json:"problems"`
	Warnings []order.Field `json:"warnings"`
}

func checkFiles(a cli.App, files []string, p editx.Profile, asJSON bool) error {
	results := []checked{}
	refused := 0
	for _, file := range files {
		body, err := cli.ReadDocument(a, file)
		if err != nil {
			return err
		}
		report, err := editx.Check(body, p)
		if err != nil {
			return err
		}
		if report.Refused {
			refused++
		}
		if asJSON {
			results = append(results, forPrograms(file, report))
		} else {
			printReport(a.Out, file, body, report)
		}
	}
	return conclude(a, results, len(files), refused, asJSON)
}

// conclude ends a check with its summary and exit code.
func conclude(a cli.App, results []checked, files, refused int, asJSON bool) error {
	if asJSON {
		if err := cli.PrintJSON(a.Out, results); err != nil {
			return err
		}
	} else if files > 1 {
		fmt.Fprintf(a.Out, "%s checked, %d refused\n", cli.Counted(files, "document", "documents"), refused)
	}
	if refused > 0 {
		return cli.WithExit(cli.ExitRefused, cli.ErrSilent)
	}
	return nil
}

// forPrograms is a report as JSON has it.
func forPrograms(file string, report editx.Report) checked {
	problems, warnings := cli.FieldsOf(report.Findings)
	return checked{
		File: file, Type: report.Type, Version: report.Version, Profile: string(report.Profile),
		Refused:  report.Refused,
		Problems: cli.NotNil(problems), Warnings: cli.NotNil(warnings),
	}
}

// printReport shows a report to people.
func printReport(w io.Writer, file string, body []byte, report editx.Report) {
	if len(report.Findings) == 0 {
		fmt.Fprintf(w, "%s: ok\n", file)
		return
	}
	fmt.Fprintf(w, "%s: %s\n", file, cli.Counted(len(report.Findings), "problem", "problems"))
	text, characters := editx.Text(body)
	lines := splitLines(text)
	for _, f := range report.Findings {
		mark := ""
		if f.Severity == editx.Warning {
			mark = "   (warning)"
		}
		place := cli.FieldPlace(f.Field())
		fmt.Fprintf(w, "  %s%s%s\n", place, cli.Printable(f.Message), mark)
		column := f.Column
		if characters {
			column = byteColumn(lines, f.Line, column)
		}
		printPlace(w, lines, f.Line, column)
	}
}

// The part of a source line that is shown: enough to recognise the place, and
// short enough for a terminal of eighty columns with the margin.
const (
	shownBefore = 30
	shownWidth  = 72
)

// splitLines divides a document as its findings count lines.
func splitLines(body []byte) [][]byte { return bytes.Split(body, []byte("\n")) }

// byteColumn is a column that counts characters as one that counts bytes.
func byteColumn(lines [][]byte, line, column int) int {
	if line < 1 || line > len(lines) {
		return column
	}
	at := 0
	for range column - 1 {
		_, size := utf8.DecodeRune(lines[line-1][at:])
		at += size
	}
	return 1 + at
}

// printPlace shows a line of the document with a caret under a column, which
// counts bytes from 1.
func printPlace(w io.Writer, lines [][]byte, line, column int) {
	if line < 1 || line > len(lines) || column < 1 {
		return
	}
	source := bytes.TrimSuffix(lines[line-1], []byte("\r"))
	at := min(column-1, len(source))
	text, caret := window(source, at)
	if text == "" {
		return
	}
	fmt.Fprintf(w, "      %s\n      %s^\n", text, strings.Repeat(" ", caret))
}

// window returns the part of a line that is shown, and how many of its characters
// are before the position.
func window(source []byte, at int) (string, int) {
	// Only what may be shown is decoded: a line may be the whole document.
	from := max(0, at-4*shownBefore)
	before := readable(source[from:at])
	after := readable(source[at:min(len(source), at+4*shownWidth)])
	indent := 0
	if from == 0 {
		for indent < len(before) && before[indent] == ' ' {
			indent++
		}
	}
	before = before[indent:]
	begin, end := "", ""
	if len(before) > shownBefore {
		before, begin = before[len(before)-shownBefore:], "…"
	}
	if left := shownWidth - len(before); len(after) > left {
		after, end = after[:left], "…"
	}
	return strings.TrimRight(begin+string(before)+string(after)+end, " "), len([]rune(begin)) + len(before)
}

// readable makes characters of bytes that each take one place and do nothing to
// a terminal. Bytes that are not UTF-8 are shown as Western European
// characters, which is what they mostly are.
func readable(b []byte) []rune {
	var out []rune
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r = rune(b[0])
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		out, b = append(out, r), b[size:]
	}
	return out
}
