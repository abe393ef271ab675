package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// newEDItX groups the commands on documents.
func newEDItX(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "editx",
		Short: "Fetch and check EDItX documents",
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx check order.xml`,
	}
	c.AddCommand(newEDItXGet(a), newEDItXCheck(a))
	return c
}

func newEDItXGet(a app) *cobra.Command {
	var profile, output string
	var original bool
	c := &cobra.Command{
		Use:   "get ID",
		Short: "Fetch an order as EDItX",
		Long: `Fetch an order as EDItX, with everything that was taken back since; or with
--original the very bytes that its sender sent.`,
		Example: `  bookgate editx get 4db9 -o order.xml
  bookgate editx get 4db9 --original | sha256sum`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, id, err := connectTo(c.Context(), a, profile, args[0])
			if err != nil {
				return err
			}
			body, err := conn.EDItX(c.Context(), id, original)
			if err != nil {
				return err
			}
			if output == "" || output == "-" {
				_, err = a.out.Write(body)
				return err
			}
			return writeWhole(output, body, 0o666)
		},
	}
	profileFlag(c, a, &profile)
	c.Flags().BoolVar(&original, "original", false, "the bytes as they were sent")
	c.Flags().StringVarP(&output, "output", "o", "", "write into this file, in place of what is there")
	return c
}

func newEDItXCheck(a app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check EDItX orders without sending them",
		Long: `Check EDItX orders on this machine, by the rules of the server, and show every
problem with its place. What is marked as a warning is taken all the same. A
file of - is standard input.`,
		Example: `  bookgate editx check order.xml
  bookgate editx check out/*.xml --json`,
		Args: minArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return checkFiles(a, args, asJSON) },
	}
	jsonFlag(c, &asJSON)
	return c
}

// checked is what was found in a file.
type checked struct {
	File     string        `json:"file"`
	Refused  bool          `json:"refused"`
	Code     string        `json:"code,omitempty"`
	Detail   string        `json:"detail,omitempty"`
	Problems []order.Field `json:"problems"`
	Warnings []order.Field `json:"warnings"`
}

func checkFiles(a app, files []string, asJSON bool) error {
	var results []checked
	worst := exitOK
	for _, file := range files {
		body, err := readDocument(a, file)
		if err != nil {
			return err
		}
		r := check(file, body)
		if r.Refused {
			worst = exitRefused
		}
		results = append(results, r)
		if !asJSON {
			r.print(a)
		}
	}
	if asJSON {
		if err := printJSON(a.out, results); err != nil {
			return err
		}
	}
	if worst != exitOK {
		return codedError{worst, errSilent}
	}
	return nil
}

// missingFile says that a file is not there, in the words and with the code
// that people expect.
func missingFile(file string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return codedError{exitNotFound, fmt.Errorf("there is no file %s", file)}
	}
	var e *os.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("cannot read %s: %w", file, e.Err)
	}
	return err
}

// check reads a document as the server would.
func check(file string, body []byte) checked {
	_, findings, err := editx.Decode(body)
	r := checked{File: file, Problems: []order.Field{}, Warnings: []order.Field{}}
	for _, f := range findings {
		r.Warnings = append(r.Warnings, order.Field{Path: f.Path, Line: f.Line, Column: f.Column, Code: f.Code, Message: f.Message, Value: f.Value})
	}
	var e *order.Error
	if errors.As(err, &e) {
		r.Refused, r.Code, r.Detail = true, e.Code, e.Detail
		r.Problems = append(r.Problems, e.Fields...)
		if len(e.Fields) == 0 {
			r.Problems = append(r.Problems, order.Field{Code: e.Code, Message: e.Detail})
		}
	}
	return r
}

func (r checked) print(a app) {
	n := len(r.Problems) + len(r.Warnings)
	if n == 0 {
		fmt.Fprintf(a.out, "%s: ok\n", r.File)
		return
	}
	fmt.Fprintf(a.out, "%s: %s\n", r.File, counted(n, "problem", "problems"))
	for _, f := range r.Problems {
		fmt.Fprintf(a.out, "  %s%s\n", fieldPlace(f), printable(f.Message))
	}
	for _, f := range r.Warnings {
		fmt.Fprintf(a.out, "  %s%s   (warning)\n", fieldPlace(f), printable(f.Message))
	}
}
