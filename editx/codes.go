package editx

import "slices"

// codes is a code list. A code that is not on its list is still the sender's
// word to the receiver: it is kept, with a warning. The lists hold what is
// public of EDItX Issue 3, and newer values that are seen in use.
type codes []string

func (c codes) has(s string) bool { return slices.Contains(c, s) }

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
