package document

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
)

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
