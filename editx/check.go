package editx

import (
	"strings"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// checkBuyer asks for a buyer who can be found.
func checkBuyer(r *reader, f *frame) {
	buyer := f.at.(*order.TradeParty)
	if buyer.ID.Value == "" {
		r.report(refuse("buyer", "The BuyerParty has no number; a PartyID with type and Identifier is expected, such as NBSN 1098."),
			f.begins, r.path(f), "")
	}
}

// checkParty looks at the check digit of a party's number. A wrong one is a
// warning: whether the party is known is decided by looking it up.
func checkParty(r *reader, f *frame) {
	id := f.at.(*order.Identifier)
	bare := digits(id.Value)
	switch id.Type {
	case "GLN":
		if want, ok := order.GTINCheck(bare); !ok || len(bare) != 13 {
			r.reportValue(f, "Identifier", id.Value, warn("party-check", "%s is not a valid GLN: 13 digits are expected.", order.Cut(id.Value)))
		} else if want != bare[12] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check", "%s is not a valid GLN: the last digit should be %c.", order.Cut(id.Value), want))
		}
	case "SAN":
		number, _, _ := strings.Cut(id.Value, " ") // a ship-to suffix may follow a blank
		bare = digits(number)
		if want, ok := sanCheck(bare); !ok {
			r.reportValue(f, "Identifier", id.Value, warn("party-check", "%s is not a valid SAN: 7 characters are expected.", order.Cut(id.Value)))
		} else if want != bare[6] {
			r.reportValue(f, "Identifier", id.Value, warn("party-check", "%s is not a valid SAN: the last character should be %c.", order.Cut(id.Value), want))
		}
	}
}

// sanCheck gives the check character of a standard address number: weights 7
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

// checkProduct refuses a product number that is a typing error, for with it
// another book would be ordered.
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
		n.lenientMessage = "It was kept as written."
		r.reportValue(f, "Identifier", id.Value, n)
	}
}

// checkUPC judges a UPC-A, also with the 0 that makes an EAN of it. Other lengths,
// as of UPC-E and of add-ons, have rules of their own: they are only odd.
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

// checkUnlisted judges numbers of the GS1 family whose type is on no list of
// EDItX, and says what it is.
func checkUnlisted(kind, written, bare string) note {
	switch kind {
	case "ean8", "gtin8":
		return checkGTIN(written, bare, "EAN-8", 8)
	case "gtin":
		switch len(bare) {
		case 8, 12, 13, 14:
			return checkGTIN(written, bare, "GTIN", len(bare))
		}
		return refuse("ean-check", "%s is not a valid GTIN: 8, 12, 13 or 14 digits are expected.", order.Cut(written))
	}
	return note{}
}

// checkGTIN judges a number of the GS1 family by its length and last digit.
func checkGTIN(written, bare, kind string, length int) note {
	want, ok := order.GTINCheck(bare)
	switch {
	case !ok && firstNonASCII(bare) != "":
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected, and %s is none.", order.Cut(written), kind, length, firstNonASCII(bare))
	case !ok:
		return refuse("ean-check", "%s is not a valid %s: %d digits are expected.", order.Cut(written), kind, length)
	case len(bare) != length:
		return refuse("ean-check", "%s is not a valid %s: it has %d digits, and %d are expected.", order.Cut(written), kind, len(bare), length)
	case want != bare[length-1]:
		return refuse("ean-check", "%s is not a valid %s: the last digit should be %c.", order.Cut(written), kind, want)
	}
	return note{}
}

// checkISBN judges an ISBN of either length.
func checkISBN(written, bare string) note {
	if len(bare) != 10 {
		return checkGTIN(written, bare, "ISBN", 13)
	}
	want, ok := order.ISBN10Check(bare)
	switch {
	case !ok:
		return refuse("ean-check", "%s is not a valid ISBN: 10 or 13 digits are expected.", order.Cut(written))
	case want != bare[9] && !(want == 'X' && bare[9] == 'x'):
		return refuse("ean-check", "%s is not a valid ISBN: the last digit should be %c.", order.Cut(written), want)
	}
	return note{}
}

// digits takes out the hyphens and blanks with which numbers are printed.
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
