package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// PrintJSON writes one value for programs.
func PrintJSON(w io.Writer, v any) error {
	text, err := jsontext.MarshalIndent(v)
	if err != nil {
		return err
	}
	return printDocument(w, text)
}

// PrintJSONLine writes one value on one line, for streams.
func PrintJSONLine(w io.Writer, v any) error {
	text, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	return printDocument(w, append(text, '\n'))
}

func printDocument(w io.Writer, text []byte) error {
	_, err := io.WriteString(w, EscapeJSON(string(text)))
	return err
}

// NotNil makes an empty list print as [] and not as null.
func NotNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Table writes rows in columns for people.
type Table struct {
	w *tabwriter.Writer
}

// NewTable returns a table that prints into w, with a row of headings.
func NewTable(w io.Writer, columns ...string) *Table {
	t := &Table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.Row(columns...)
	return t
}

// Row adds a row.
func (t *Table) Row(cells ...string) {
	for i, c := range cells {
		cells[i] = Printable(c)
	}
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

// Flush prints the rows.
func (t *Table) Flush() error { return t.w.Flush() }

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	_, ok := terminal(stream)
	return ok
}

// terminal returns the descriptor of a stream that is a terminal.
func terminal(stream any) (fd int, ok bool) {
	f, ok := stream.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// Attempt is an attempt of a delivery in JSON.
type Attempt struct {
	Number       int                 `json:"number"`
	At           time.Time           `json:"at"`
	Milliseconds int64               `json:"ms"`
	Status       int                 `json:"status,omitempty"`
	Error        string              `json:"error,omitempty"`
	Header       map[string][]string `json:"headers,omitempty"`
	Body         string              `json:"body,omitempty"`
}

// PrintAttempts prints attempts for people.
func PrintAttempts(a App, attempts []Attempt) error {
	t := NewTable(a.Out, "TRY", "TIME", "TOOK", "ANSWER", "WHY NOT", "BODY")
	for _, one := range attempts {
		answer := "-"
		if one.Status > 0 {
			answer = strconv.Itoa(one.Status)
		}
		t.Row(strconv.Itoa(one.Number), one.At.Local().Format(time.DateTime),
			fmt.Sprintf("%d ms", one.Milliseconds), answer, OrDash(one.Error),
			order.Truncate(strings.TrimSpace(one.Body)))
	}
	return t.Flush()
}

// ShortTime shows a time as people at the same place say it.
func ShortTime(t, now time.Time) string {
	t = t.In(now.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case t.Before(midnight.AddDate(0, 0, -1)) || !t.Before(midnight.AddDate(0, 0, 1)):
		return t.Format("2006-01-02 15:04")
	case t.Before(midnight):
		return "yesterday " + t.Format("15:04")
	}
	return "today " + t.Format("15:04")
}

// Counted writes a number with its noun.
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// OrDash returns s, or a dash where it is empty.
func OrDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// TimeOrDash shows a time that may not have been.
func TimeOrDash(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return ShortTime(t, now)
}

// PrintResent prints how many deliveries are sent again.
func PrintResent(a App, n int64) error {
	_, err := fmt.Fprintf(a.Out, "%s sent again\n", Counted(int(n), "delivery is", "deliveries are"))
	return err
}

// FieldsOf returns findings as fields, those that refuse apart from warnings.
func FieldsOf(findings []editx.Finding) (problems, warnings []order.Field) {
	for _, f := range findings {
		if f.Severity == editx.Refusal {
			problems = append(problems, f.Field())
		} else {
			warnings = append(warnings, f.Field())
		}
	}
	return problems, warnings
}
