package editx

import "strings"

// A document that is only checked needs no model of its own. What its checks
// ask for is noted instead: of each element how often it was there, and the
// text that it had last.

// tallyHolder is what the rows of a checked grammar write into.
type tallyHolder interface{ row(name string) *tallyRow }

// tally are the notes of one composite.
type tally struct{ rows []tallyRow }

type tallyRow struct {
	name, text string
	times      int
}

// row gives the notes on an element. A composite has few, so they are searched.
func (n *tally) row(name string) *tallyRow {
	for i := range n.rows {
		if n.rows[i].name == name {
			return &n.rows[i]
		}
	}
	n.rows = append(n.rows, tallyRow{name: name})
	return &n.rows[len(n.rows)-1]
}

// number gives a noted whole number, and whether there was one.
func (n *tally) number(name string) (int64, bool) {
	said, problem := parseInteger(n.row(name).text)
	return said, problem.severity != Refusal
}

// valueRow is the row of a value that is checked and noted.
func valueRow[V any](name string, c codec[V]) field {
	return field{
		name: name, form: c.form, text: c.text,
		parse: func(parent any, s string) note {
			row := parent.(tallyHolder).row(name)
			row.times++
			row.text = strings.TrimSpace(s)
			_, n := c.parse(s)
			return n
		},
		print: func(parent any, _ int) string { return parent.(tallyHolder).row(name).text },
	}
}

func textRow(name string) field               { return valueRow(name, plain) }
func codeRow(name string, list codes) field   { return valueRow(name, token).coded(list) }
func partRow(name string, kids []field) field { return modelRow[tally](name, kids) }

// modelRow is the row of a composite whose rows are bound to an E, which is
// looked at by its checks and then forgotten.
func modelRow[E any](name string, kids []field) field {
	return field{
		name: name, children: kids,
		enter: func(parent any) (any, int) {
			row := parent.(tallyHolder).row(name)
			row.times++
			return new(E), row.times
		},
		leave: func(parent any) { parent.(tallyHolder).row(name).times-- },
		at:    func(any, int) any { return nil },
	}
}

// repeated makes a noted row one that may be repeated.
func (f field) repeated() field {
	name := f.name
	f.many = true
	f.count = func(parent any) int { return parent.(tallyHolder).row(name).times }
	return f
}

// groupOf makes a row the first of a group of rows that comes again as a
// whole; so many follow it.
func (f field) groupOf(follow int) field { f.groupSize = follow; return f }
