package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

func newEDItXCheck(a app) *cobra.Command {
	var profile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check EDItX documents without sending them",
		Long: `Check EDItX documents on this machine and show every problem with its place.
What is marked as a warning is taken all the same. A file of - is standard
input. The exit code is 6 when a document is refused.

The profile says what refuses: trade is the rules of the server, strict asks
for the public schema as well, lenient forgives slips of the sender's software.`,
		Example: `  bookgate editx check order.xml
  bookgate editx check out/*.xml --profile strict --json`,
		Args: minArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := editx.ParseProfile(profile)
			if err != nil {
				return usage(err)
			}
			return checkFiles(a, args, p, asJSON)
		},
	}
	documentProfileFlag(c, &profile)
	jsonFlag(c, &asJSON)
	return c
}

// documentProfileFlag adds --profile where it means how strictly is read.
func documentProfileFlag(c *cobra.Command, v *string) {
	c.Flags().StringVar(v, "profile", string(editx.Trade), "what refuses a document: strict, trade or lenient")
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

func checkFiles(a app, files []string, p editx.Profile, asJSON bool) error {
	results := []checked{}
	refused := 0
	for _, file := range files {
		body, err := readDocument(a, file)
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
			printReport(a.out, file, body, report)
		}
	}
	return conclude(a, results, len(files), refused, asJSON)
}

// conclude ends a check with its summary and exit code.
func conclude(a app, results []checked, files, refused int, asJSON bool) error {
	if asJSON {
		if err := printJSON(a.out, results); err != nil {
			return err
		}
	} else if files > 1 {
		fmt.Fprintf(a.out, "%s checked, %d refused\n", counted(files, "document", "documents"), refused)
	}
	if refused > 0 {
		return withExit(exitRefused, errSilent)
	}
	return nil
}

// forPrograms is a report as JSON has it.
func forPrograms(file string, report editx.Report) checked {
	problems, warnings := fieldsOf(report.Findings)
	return checked{
		File: file, Type: report.Type, Version: report.Version, Profile: string(report.Profile), Refused: report.Refused,
		Problems: notNil(problems), Warnings: notNil(warnings),
	}
}

// fieldsOf gives findings as JSON has them, what refuses apart from what warns.
func fieldsOf(findings []editx.Finding) (problems, warnings []order.Field) {
	for _, f := range findings {
		if f.Severity == editx.Refusal {
			problems = append(problems, f.Field())
		} else {
			warnings = append(warnings, f.Field())
		}
	}
	return problems, warnings
}

// printReport shows a report to people.
func printReport(w io.Writer, file string, body []byte, report editx.Report) {
	if len(report.Findings) == 0 {
		fmt.Fprintf(w, "%s: ok\n", file)
		return
	}
	fmt.Fprintf(w, "%s: %s\n", file, counted(len(report.Findings), "problem", "problems"))
	text, characters := editx.Text(body)
	lines := splitLines(text)
	for _, f := range report.Findings {
		mark := ""
		if f.Severity == editx.Warning {
			mark = "   (warning)"
		}
		place := fieldPlace(f.Field())
		fmt.Fprintf(w, "  %s%s%s\n", place, printable(f.Message), mark)
		column := f.Column
		if characters {
			column = byteColumn(lines, f.Line, column)
		}
		printPlace(w, lines, f.Line, column)
	}
}
