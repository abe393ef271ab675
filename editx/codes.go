package editx

import "slices"

// codes is a code list. A code that is not on its list is still the sender's
// word to the receiver: it is kept, with a warning. The lists hold what is
// public of EDItX Issue 3, and newer values that are seen in use.
type codes []string

func (c codes) has(s string) bool { return slices.Contains(c, s) }

// aliases are codes under the names that other standards have for them.
type aliases map[string]string

// listed finds the code of a list that was written in another case or with
// hyphens, as in EAN-13, or under another standard's name.
func (k *field) listed(written string) (code string, ok bool) {
	if code, ok = k.codes.spelt(written); ok || k.aliases == nil {
		return code, ok
	}
	code, ok = k.aliases[foldCode(written)]
	return code, ok
}

// spelt finds the code of a list that was written in another spelling.
func (c codes) spelt(written string) (code string, ok bool) {
	for _, code := range c {
		if sameCode(code, written) {
			return code, true
		}
	}
	return "", false
}

// sameCode reports whether a code of a list was written, in whatever spelling.
func sameCode(code, written string) bool {
	i := 0
	for j := range len(written) {
		c, counts := foldByte(written[j])
		if !counts {
			continue
		}
		for i < len(code) {
			if _, counts := foldByte(code[i]); counts {
				break
			}
			i++
		}
		if i == len(code) {
			return false
		}
		if own, _ := foldByte(code[i]); own != c {
			return false
		}
		i++
	}
	return i == len(code)
}

// foldCode is what the spellings of a code have in common.
func foldCode(s string) string {
	folded := make([]byte, 0, len(s))
	for i := range len(s) {
		if c, counts := foldByte(s[i]); counts {
			folded = append(folded, c)
		}
	}
	return string(folded)
}

// foldByte returns the lower case of a letter, and whether the byte counts.
func foldByte(c byte) (byte, bool) {
	switch {
	case c == '-' || c == '_' || c == ' ' || c == '.':
		return 0, false
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A', true
	}
	return c, true
}

// productAliases are the names under which an EAN, ISBN, ISMN or UPC also comes:
// in words, and as ONIX lists 5 and EDIFACT-minded systems number them.
var productAliases = aliases{
	"ean": "EAN13", "gtin13": "EAN13", "ean/gtin13": "EAN13", "jan": "EAN13", "jan13": "EAN13", "03": "EAN13", "en": "EAN13",
	"isbn13": "ISBN", "isbn10": "ISBN", "02": "ISBN", "15": "ISBN", "ib": "ISBN",
	"ismn10": "ISMN", "ismn13": "ISMN", "05": "ISMN", "25": "ISMN",
	"upca": "UPC", "upc12": "UPC", "gtin12": "UPC", "04": "UPC", "up": "UPC",
	"14": "GTIN14", "ean14": "GTIN14", "dun14": "GTIN14", "itf14": "GTIN14",
}

var (
	partyIDTypes         = codes{"NBSN", "GLN", "SAN", "VKNR", "SellersAccountNumber"}
	otherPartyIDTypes    = append(partyIDTypes[:len(partyIDTypes):len(partyIDTypes)], "TaxRegistrationNumber", "VATRegistrationNumber", "BAGNR")
	lineSellerIDTypes    = codes{"TeleOrdering"}
	locationIDTypes      = codes{"Proprietary", "GLN", "SAN"}
	productIDTypes       = codes{"EAN13", "ISBN", "GTIN14", "ISMN", "SKU", "UPC", "Seller", "Buyer", "Proprietary"}
	communicationTypes   = codes{"Email", "Phone", "MobilePhone", "FixedPhone", "Fax", "URL"}
	dateQualifiers       = codes{"CancelIfNotShippedBy", "CancelIfNotShippedByUnlessNYP", "FillAllAvailableBy", "DoNotShipBefore"}
	serviceReferences    = codes{"ContractReference", "PromotionOrDealReference"}
	orderReferences      = codes{"ContractReference", "PromotionOrDealReference", "RepOrderReference", "OrderSourceLocationReference"}
	lineReferences       = codes{"ContractReference", "PromotionOrDealReference", "BuyersOrderLineReference", "CustomerOrderReference"}
	shippingInstructions = codes{"ShipSeparately", "DoNotShipSeparately", "ShipCombined", "ShipCombinedPackSeparately"}
	invoiceInstructions  = codes{"InvoiceSeparately", "InvoiceCombined"}
	deliveryTimes        = codes{"NextDay", "NextDayBy10am", "2Day", "2DayByNoon", "3Day", "3To5Day", "3To7Day"}
	taxTypes             = codes{"VAT", "GST"}
	schemes              = codes{"NO", "Seller", "Buyer", "AU", "DE", "GB", "SE", "US"}
	carrierSchemes       = codes{"EDItEUR", "Seller", "Buyer", "DE", "GB", "NO", "SE", "US"}
	serviceSchemes       = codes{"Seller"}
)

var (
	lineFillTerms = codes{
		"FillAllOrKillAll", "FillAllOrBackorderAll", "FillPartKillRemainder",
		"FillPartBackorderRemainder", "FillPartBackorderRemainderShipAsAvailable",
	}
	fillTerms = append(lineFillTerms[:len(lineFillTerms):len(lineFillTerms)], "FillPartKillRemainderUnlessNYP")

	orderPriceQualifiers = codes{
		"FixedRPIncludingTax", "FixedRPExcludingTax", "SRPIncludingTax", "SRPExcludingTax",
		"UnitCostIncludingTax", "UnitCostExcludingTax", "TradePriceIncludingTax", "TradePriceExcludingTax",
	}
	servicePriceQualifiers = codes{
		"TotalPriceIncludingTax", "TotalPriceExcludingTax", "UnitCostIncludingTax", "UnitCostExcludingTax",
	}
)
