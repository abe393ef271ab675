package editx

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// checkBuyer requires a number of the buyer.
func checkBuyer(r *reader, f *frame) {
	buyer := f.at.(*order.TradeParty)
	if buyer.ID.Value == "" {
		r.report(refuse("buyer", "The BuyerParty has no number; a PartyID with type and Identifier is expected, "+
			"such as NBSN 1098."),
			f.begins, r.path(f), "")
	}
}

// checkParty checks the check digit of a party's number. A wrong one is a
// warning: whether the party is known is decided by looking it up.
func checkParty(r *reader, f *frame) {
	id := f.at.(*order.Identifier)
	bare := digits(id.Value)
	switch id.Type {
	case "GLN":
		if want, ok := order.GTINCheck(bare); !ok || len(bare) != 13 {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid GLN: 13 digits are expected.", order.Truncate(id.Value)))
		} else if want != bare[12] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid GLN: the last digit should be %c.", order.Truncate(id.Value), want))
		}
	case "SAN":
		number, _, _ := strings.Cut(id.Value, " ") // a ship-to suffix may follow after a blank
		bare = digits(number)
		if want, ok := sanCheck(bare); !ok {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid SAN: 7 characters are expected.", order.Truncate(id.Value)))
		} else if want != bare[6] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check",
				"%s is not a valid SAN: the last character should be %c.", order.Truncate(id.Value), want))
		}
	}
}

// sanCheck returns the check character of a standard address number: weights 7
// to 2, modulus 11.
func sanCheck(s string) (want byte, ok bool) {
	if len(s) != 7 || !allDigits(s[:6]) {
		return 0, false
	}
	sum := 0
	for i := range 6 {
		sum += (7 - i) * int(s[i]-'0')
	}
	if rest := (11 - sum%11) % 11; rest < 10 {
		return byte('0' + rest), true
	}
	return 'X', true
}

// checkProduct refuses a product number with a typing error, which would order
// another book.
func checkProduct(r *reader, f *frame) {
	id := f.at.(*order.Identifier)
	bare := digits(id.Value)
	var n note
	switch id.Type {
	case "EAN13":
		n = checkGTIN(id.Value, bare, "EAN", 13)
	case "GTIN14":
		n = checkGTIN(id.Value, bare, "GTIN-14", 14)
	case "ISMN":
		if rest, old := strings.CutPrefix(strings.ToUpper(bare), "M"); old {
			bare = "9790" + rest
		}
		n = checkGTIN(id.Value, bare, "ISMN", 13)
	case "ISBN":
		n = checkISBN(id.Value, bare)
	case "UPC":
		n = checkUPC(id.Value, bare)
	default:
		n = checkUnlisted(foldCode(plainDashes(id.Type)), id.Value, bare)
	}
	if n.code != "" && id.Value != "" {
		n.lenientMessage = "It was stored as written."
		r.reportValue(f, "Identifier", id.Value, n)
	}
}

// checkUPC checks a UPC-A, also with the 0 that makes an EAN of it. Other
// lengths, as of UPC-E and of add-ons, have rules of their own and are only
// warnings.
func checkUPC(written, bare string) note {
	if len(bare) == 13 && bare[0] == '0' {
		bare = bare[1:]
	}
	n := checkGTIN(written, bare, "UPC", 12)
	if n.code != "" && (len(bare) != 12 || !allDigits(bare)) {
		n.severity = Warning
	}
	return n
}

// checkUnlisted checks numbers of the GS1 family whose type is not on the list
// of EDItX but names their kind.
func checkUnlisted(kind, written, bare string) note {
	switch kind {
	case "ean8", "gtin8":
		return checkGTIN(written, bare, "EAN-8", 8)
	case "gtin":
		switch len(bare) {
		case 8, 12, 13, 14:
			return checkGTIN(written, bare, "GTIN", len(bare))
		}
		return refuse("ean-check", "%s is not a valid GTIN: 8, 12, 13 or 14 digits are expected.", order.Truncate(written))
	}
	return note{}
}

// checkGTIN checks the length and last digit of a number of the GS1 family.
func checkGTIN(written, bare, kind string, length int) note {
	want, ok := order.GTINCheck(bare)
	switch {
	case !ok && firstNonASCII(bare) != "":
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected, and %s is not a digit.",
			order.Truncate(written), kind, length, firstNonASCII(bare))
	case !ok:
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected.", order.Truncate(written), kind, length)
	case len(bare) != length:
		return refuse("ean-check", "%s is not a valid %s: it has %d digits, and %d are expected.", order.Truncate(written),
			kind, len(bare), length)
	case want != bare[length-1]:
		return refuse("ean-check", "%s is not a valid %s: the last digit should be %c.", order.Truncate(written), kind, want)
	}
	return note{}
}

// checkISBN checks an ISBN of either length.
func checkISBN(written, bare string) note {
	if len(bare) != 10 {
		return checkGTIN(written, bare, "ISBN", 13)
	}
	want, ok := order.ISBN10Check(bare)
	switch {
	case !ok:
		return refuse("ean-check", "%s is not a valid ISBN: 10 or 13 digits are expected.", order.Truncate(written))
	case want != bare[9] && !(want == 'X' && bare[9] == 'x'):
		return refuse("ean-check", "%s is not a valid ISBN: the last digit should be %c.", order.Truncate(written), want)
	}
	return note{}
}

// digits removes the hyphens and blanks with which numbers are printed.
func digits(s string) string {
	if allDigits(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || isDash(r):
			return -1
		}
		return r
	}, s)
}

// lineNumber is the number of the line if it is positive and unique. What the
// sender wrote is remembered until all lines are read.
var lineNumber = field{
	name: "LineNumber",
	parse: func(parent any, s string) note {
		l := parent.(*order.Line)
		l.Detail.WrittenNumber = strings.TrimSpace(s)
		n, said := parseInteger(s)
		if said.severity == Refusal || n <= 0 {
			return note{} // numberLines reports it
		}
		l.Number = int(n)
		return said
	},
	print: func(parent any, _ int) string {
		return strconv.Itoa(parent.(*order.Line).Number)
	},
}

// checkLine requires a product, and warns when two numbers identify different
// ones.
func checkLine(r *reader, f *frame) {
	named, first := false, ""
	for _, id := range f.at.(*order.Line).Products {
		named = named || id.Value != ""
		if id.Type != "EAN13" && id.Type != "ISBN" && id.Type != "GTIN14" {
			continue
		}
		ean, ok := order.ToEAN(id.Value)
		if ok && first != "" && ean != first {
			r.report(warn("product-conflict", "The line names two products, %s and %s. Both were stored; remove the "+
				"wrong one.", first, ean), f.begins, r.path(f), id.Value)
		} else if ok {
			first = ean
		}
	}
	if !named {
		r.report(refuse("product", "The line has no product; a ProductID with its type and Identifier is expected, "+
			"such as an EAN13."),
			f.begins, r.path(f), "")
	}
}

// numberLines sets the numbers of the lines: the sender's when they are valid,
// otherwise 1 to n with the sender's stored beside them.
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
		r.report(warn("line-number", "%s The lines were numbered 1 to %d in the order in which they stand; number "+
			"each uniquely.", why, len(lines)),
			r.lines[0], "/Order/ItemDetail", "")
	}
}

// misnumbered returns why the sender's numbers are not valid, or "".
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
			return fmt.Sprintf("LineNumber %q is not a number from 1.", order.Truncate(l.Detail.WrittenNumber))
		}
	}
	return ""
}

// checkSummary compares the sender's counts with the lines.
func (r *reader) checkSummary(o *order.Order) {
	at := r.frames[0].positions[len(orderElements)-1]
	var units int64
	for i := range o.Lines {
		units += o.Lines[i].Quantity
	}
	compare := func(name string, said *int64, are int64) {
		if said != nil && *said != are {
			r.report(warn("summary", "%s says %d, and the lines add up to %d. It was stored as written; count again.",
				name, *said, are),
				at, "/Order/Summary/"+name, printInteger(*said))
		}
	}
	compare("NumberOfLines", o.Summary.Lines, int64(len(o.Lines)))
	compare("UnitsOrdered", o.Summary.Units, units)
}
