package editx

import "strings"

// A document that is only checked needs no model of its own. What its checks
// ask for is noted instead: of each element how often it was there, and the
// text that it had last.

// notes is what the rows of a checked grammar write into.
type notes interface{ row(name string) *notedRow }

// noted are the notes of one composite.
type noted struct{ rows []notedRow }

type notedRow struct {
	name, text string
	times      int
}

// row gives the notes on an element. A composite has few, so they are searched.
func (n *noted) row(name string) *notedRow {
	for i := range n.rows {
		if n.rows[i].name == name {
			return &n.rows[i]
		}
	}
	n.rows = append(n.rows, notedRow{name: name})
	return &n.rows[len(n.rows)-1]
}

// number gives a noted whole number, and whether there was one.
func (n *noted) number(name string) (int64, bool) {
	said, problem := parseInteger(n.row(name).text)
	return said, problem.severity != Refusal
}

// notedValue is the row of a value that is checked and noted.
func notedValue[V any](name string, c codec[V]) field {
	return field{
		name: name, form: c.form, text: c.text,
		parse: func(parent any, s string) note {
			row := parent.(notes).row(name)
			row.times++
			row.text = strings.TrimSpace(s)
			_, n := c.parse(s)
			return n
		},
		print: func(parent any, _ int) string { return parent.(notes).row(name).text },
	}
}

func notedText(name string) field               { return notedValue(name, plain) }
func notedCode(name string, list codes) field   { return notedValue(name, token).coded(list) }
func notedPart(name string, kids []field) field { return notedAs[noted](name, kids) }

// notedAs is the row of a composite whose rows are bound to an E, which is
// looked at by its checks and then forgotten.
func notedAs[E any](name string, kids []field) field {
	return field{
		name: name, kids: kids,
		enter: func(parent any) (any, int) {
			row := parent.(notes).row(name)
			row.times++
			return new(E), row.times
		},
		leave: func(parent any) { parent.(notes).row(name).times-- },
		at:    func(any, int) any { return nil },
	}
}

// repeated makes a noted row one that may be repeated.
func (f field) repeated() field {
	name := f.name
	f.many = true
	f.count = func(parent any) int { return parent.(notes).row(name).times }
	return f
}

// beginning makes a row the first of a group of rows that comes again as a
// whole; so many follow it.
func (f field) beginning(follow int) field { f.leads = follow; return f }
