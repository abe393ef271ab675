package editx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// lineNumber is the line's name, if it can be one: positive, and no other's.
// What the sender wrote is remembered until all lines are read.
var lineNumber = field{
	name: "LineNumber",
	parse: func(parent any, s string) note {
		l := parent.(*order.Line)
		l.Detail.WrittenNumber = strings.TrimSpace(s)
		n, said := parseInteger(s)
		if said.severity == Refusal || n <= 0 {
			return note{} // numberLines tells
		}
		l.Number = int(n)
		return said
	},
	print: func(parent any, _ int) string {
		return strconv.Itoa(parent.(*order.Line).Number)
	},
}

// checkLine asks for a product, which no line can do without, and warns when
// two numbers name different ones.
func checkLine(r *reader, f *frame) {
	named, first := false, ""
	for _, id := range f.at.(*order.Line).Products {
		named = named || id.Value != ""
		if id.Type != "EAN13" && id.Type != "ISBN" && id.Type != "GTIN14" {
			continue
		}
		ean, ok := order.ToEAN(id.Value)
		if ok && first != "" && ean != first {
			r.report(warn("product-conflict", "The line names two products, %s and %s. Both were kept; leave the one that is meant.", first, ean), f.begins, r.path(f), id.Value)
		} else if ok {
			first = ean
		}
	}
	if !named {
		r.report(refuse("product", "The line has no product; a ProductID with its type and Identifier is expected, such as an EAN13."),
			f.begins, r.path(f), "")
	}
}

// numberLines settles the numbers of the lines: the sender's when they can
// serve, otherwise 1 to n with the sender's kept beside them.
func (r *reader) numberLines(lines []order.Line) {
	why := misnumbered(lines)
	for i := range lines {
		l := &lines[i]
		if why != "" {
			l.Number = i + 1
		}
		if why == "" || l.Detail.WrittenNumber == strconv.Itoa(l.Number) {
			l.Detail.WrittenNumber = ""
		}
	}
	if why != "" {
		r.report(warn("line-number", "%s The lines were numbered 1 to %d in the order in which they stand; give each its own.", why, len(lines)),
			r.lines[0], "/Order/ItemDetail", "")
	}
}

// misnumbered says why the written numbers cannot name the lines, or "".
func misnumbered(lines []order.Line) string {
	seen := make(map[int]bool, len(lines))
	for i, l := range lines {
		switch {
		case l.Number > 0 && !seen[l.Number]:
			seen[l.Number] = true
		case l.Number > 0:
			return fmt.Sprintf("LineNumber %d is there twice.", l.Number)
		case l.Detail.WrittenNumber == "":
			return fmt.Sprintf("Line %d has no LineNumber.", i+1)
		default:
			return fmt.Sprintf("LineNumber %q is not a number from 1.", order.Cut(l.Detail.WrittenNumber))
		}
	}
	return ""
}

// checkSummary compares what the sender counted with what there is.
func (r *reader) checkSummary(o *order.Order) {
	at := r.frames[0].positions[len(orderElements)-1]
	var units int64
	for i := range o.Lines {
		units += o.Lines[i].Quantity
	}
	compare := func(name string, said *int64, are int64) {
		if said != nil && *said != are {
			r.report(warn("summary", "%s says %d, and the lines give %d. It was kept as said; count again.", name, *said, are),
				at, "/Order/Summary/"+name, printInteger(*said))
		}
	}
	compare("NumberOfLines", o.Summary.Lines, int64(len(o.Lines)))
	compare("UnitsOrdered", o.Summary.Units, units)
}
