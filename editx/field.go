package editx

import (
	"encoding/xml"
	"strings"
)

// A field is one row of the grammar: a child element of a composite, how often
// it may occur, and the member of the order that it is. The functions bind it
// to the model in both directions; they take the parent's model value.
type field struct {
	name          string
	nameV10       string  // in version 1.0
	use           use     // how a missing one is treated
	many          bool    // it may be repeated
	alwaysWritten bool    // Encode always writes it, computed if necessary
	onlyV10       bool    // only in version 1.0: read, never written
	anyContent    bool    // a value that may contain elements of another namespace
	choice        int     // of all fields with the same number above 0, one may occur
	codes         codes   // the values of its code list, if it has one
	aliases       aliases // other names of the codes of that list
	since         string  // the version that has it first; "" is every version
	listedFrom    string  // the version that has its code list first; "" is every one
	requiredIn    string  // the versions whose schema requires it
	atLeastOne    int     // of all fields with the same number above 0, one must occur
	form          form    // the lexical form that the schema requires of a value
	children      []field // of a composite; nil for a value
	text          bool    // a value for people, in which every character counts
	onlyCanceled  bool    // a quantity under another name is refused: ignored, it would cancel too much
	groupSize     int     // of the first row of a group that is repeated as a whole: how many follow it
	check         func(*reader, *frame)

	// each reads the children of one that contains whole documents.
	each func(*reader, *frame, xml.StartElement) error

	// Of a value: parse stores it, print returns it, "" when there is none.
	parse func(parent any, s string) note
	print func(parent any, i int) string

	// Of a composite: enter creates the member and returns it with its number,
	// leave removes the last one, at returns the i-th, nil when there is none.
	enter func(parent any) (any, int)
	leave func(parent any)
	at    func(parent any, i int) any

	// Of both, when they may be repeated.
	count func(parent any) int
}

// use is how a missing element is treated.
type use int

const (
	optional use = iota
	wanted       // EDItX requires it; an order without it can be processed
	needed       // an order without it is refused
)

func (f field) wanted() field                          { f.use = wanted; return f }
func (f field) needed() field                          { f.use = needed; return f }
func (f field) always() field                          { f.alwaysWritten = true; return f }
func (f field) v10Name(name string) field              { f.nameV10 = name; return f }
func (f field) oneOf(group int) field                  { f.choice = group; return f }
func (f field) coded(list codes) field                 { f.codes = list; return f }
func (f field) alsoCalled(names aliases) field         { f.aliases = names; return f }
func (f field) allowForeign() field                    { f.anyContent = true; return f }
func (f field) checked(by func(*reader, *frame)) field { f.check = by; return f }

// The methods below set what only the schema requires: they apply under Strict.
func (f field) from(version string) field { f.since = version; return f }

func (f field) demandedIn(versions string) field { f.requiredIn = versions; return f }
func (f field) atLeastOneOf(group int) field     { f.atLeastOne = group; return f }
func (f field) written(as form) field            { f.form = as; return f }

// value binds an element to a member of V, whose zero value means absent.
func value[T, V any](name string, c codec[V], get func(*T) *V) field {
	return field{
		name: name, form: c.form, text: c.text,
		parse: func(parent any, s string) note {
			v, n := c.parse(s)
			*get(parent.(*T)) = v
			return n
		},
		print: func(parent any, _ int) string { return c.print(*get(parent.(*T))) },
	}
}

// maybe binds an element to a pointer to V, nil when the element is absent.
func maybe[T, V any](name string, c codec[V], get func(*T) **V) field {
	return field{
		name: name, form: c.form, text: c.text,
		parse: func(parent any, s string) note {
			v, n := c.parse(s)
			if n.severity == Warning && !n.unread {
				*get(parent.(*T)) = &v
			}
			return n
		},
		print: func(parent any, _ int) string {
			if v := *get(parent.(*T)); v != nil {
				return c.print(*v)
			}
			return ""
		},
	}
}

// texts binds a repeated element to a list of texts.
func texts[T any](name string, get func(*T) *[]string) field {
	return field{
		name: name, many: true, text: true,
		parse: func(parent any, s string) note {
			list := get(parent.(*T))
			*list = append(*list, s)
			return note{}
		},
		print: func(parent any, i int) string { return (*get(parent.(*T)))[i] },
		count: func(parent any) int { return len(*get(parent.(*T))) },
	}
}

// part binds an element with children to a member, or to the parent itself
// where the model is flatter than the document.
func part[T, E any](name string, get func(*T) *E, kids []field) field {
	return field{
		name: name, children: kids,
		enter: func(parent any) (any, int) { return get(parent.(*T)), 1 },
		leave: func(any) {},
		at:    func(parent any, _ int) any { return get(parent.(*T)) },
	}
}

// pointer binds an element with children to a pointer, nil when absent.
func pointer[T, E any](name string, get func(*T) **E, kids []field) field {
	return field{
		name: name, children: kids,
		enter: func(parent any) (any, int) {
			p := get(parent.(*T))
			if *p == nil {
				*p = new(E)
			}
			return *p, 1
		},
		leave: func(parent any) { *get(parent.(*T)) = nil },
		at: func(parent any, _ int) any {
			if p := *get(parent.(*T)); p != nil {
				return p
			}
			return nil
		},
	}
}

// list binds a repeated element with children to a slice.
func list[T, E any](name string, get func(*T) *[]E, kids []field) field {
	return field{
		name: name, children: kids, many: true,
		enter: func(parent any) (any, int) {
			s := get(parent.(*T))
			*s = append(*s, *new(E))
			return &(*s)[len(*s)-1], len(*s)
		},
		leave: func(parent any) {
			s := get(parent.(*T))
			if *s = (*s)[:len(*s)-1]; len(*s) == 0 {
				*s = nil
			}
		},
		at:    func(parent any, i int) any { return &(*get(parent.(*T)))[i] },
		count: func(parent any) int { return len(*get(parent.(*T))) },
	}
}

// identity is the accessor of a part that is the parent itself.
func identity[T any](t *T) *T { return t }

// A document that is only checked has no model of its own. Its checks use a
// tally: how often each element occurred, and its last text.

// tallyHolder is what the rows of a checked grammar write into.
type tallyHolder interface{ row(name string) *tallyRow }

// tally counts the elements of one composite.
type tally struct{ rows []tallyRow }

type tallyRow struct {
	name, text string
	times      int
}

// row returns the count of an element. A composite has few, so they are
// searched.
func (n *tally) row(name string) *tallyRow {
	for i := range n.rows {
		if n.rows[i].name == name {
			return &n.rows[i]
		}
	}
	n.rows = append(n.rows, tallyRow{name: name})
	return &n.rows[len(n.rows)-1]
}

// number returns the last value of an element as a whole number, and whether it
// is one.
func (n *tally) number(name string) (int64, bool) {
	said, problem := parseInteger(n.row(name).text)
	return said, problem.severity != Refusal
}

// valueRow is the row of a value that is checked and counted.
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
// discarded after its checks.
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

// repeated lets a counted row occur more than once.
func (f field) repeated() field {
	name := f.name
	f.many = true
	f.count = func(parent any) int { return parent.(tallyHolder).row(name).times }
	return f
}
