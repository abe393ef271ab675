package main

import (
	"bytes"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
)

// conversion is what was asked of convert.
type conversion struct {
	file, to, output, profile string
	drop                      bool
}

func newEDItXConvert(a app) *cobra.Command {
	var want conversion
	c := &cobra.Command{
		Use:   "convert FILE",
		Short: "Write an EDItX order as another version",
		Long: `Read an EDItX order of any version and write it as 1.1, 1.2 or 1.3, in the order
of the schema and in UTF-8. What was found in it goes to standard error. What is
written as 1.1 or 1.2 is valid by the public schema; an order that says more than
that is refused, with everything that stands in the way.`,
		Example: `  bookgate editx convert --to 1.2 order.xml -o order-1.2.xml
  bookgate editx convert --to 1.3 --drop-unknown - <old.xml >new.xml`,
		Args: exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			want.file = args[0]
			return convert(a, want)
		},
	}
	c.Flags().StringVar(&want.to, "to", "1.3", "the version to write: 1.1, 1.2 or 1.3")
	c.Flags().StringVarP(&want.output, "output", "o", "", "write into this file, in place of what is there")
	c.Flags().BoolVar(&want.drop, "drop-unknown", false, "leave out elements that are empty or no part of EDItX")
	documentProfileFlag(c, &want.profile)
	return c
}

func convert(a app, want conversion) error {
	p, err := editx.ParseProfile(want.profile)
	if err != nil {
		return usage(err)
	}
	if !slices.Contains([]string{"1.1", "1.2", "1.3"}, want.to) {
		return usagef("version %q is not written here; --to takes 1.1, 1.2 or 1.3", want.to)
	}
	out, err := converted(a, want, p)
	if err != nil {
		return err
	}
	if want.output == "" || want.output == "-" {
		_, err = a.document.Write(out)
		return err
	}
	return writeWhole(a.path(want.output), out, 0o666)
}

// converted reads the document and gives it anew.
func converted(a app, want conversion, p editx.Profile) ([]byte, error) {
	body, err := readDocument(a, want.file)
	if err != nil {
		return nil, err
	}
	o, findings, err := editx.DecodeAs(body, p)
	if len(findings) > 0 {
		printReport(a.err, want.file, body, editx.Report{Findings: findings})
	}
	if err != nil {
		return nil, refusedDocument(err)
	}
	if want.drop {
		o.Kept = nil
	}
	var out bytes.Buffer
	if err := editx.EncodeVersion(&out, &o, want.to); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
