package editx

import (
	"slices"
	"strings"
)

// codes is a code list. A code that is not on its list is stored with a warning,
// since the receiver may know it. The lists have the public values of EDItX Issue
// 3, and newer values that are in use.
type codes []string

func (c codes) has(s string) bool { return slices.Contains(c, s) }

// aliases maps the names that other standards use to codes.
type aliases map[string]string

// listed returns the code of a list that was written in another case or with
// hyphens, as in EAN-13, or under another standard's name.
func (k *field) listed(written string) (code string, ok bool) {
	if code, ok = k.codes.spelt(written); ok || k.aliases == nil {
		return code, ok
	}
	code, ok = k.aliases[foldCode(written)]
	return code, ok
}

// spelt returns the code of a list that was written in another spelling.
func (c codes) spelt(written string) (code string, ok bool) {
	for _, code := range c {
		if sameCode(code, written) {
			return code, true
		}
	}
	return "", false
}

// sameCode reports whether a code of a list was written, in any spelling.
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

// foldCode returns what all spellings of a code have in common.
func foldCode(s string) string {
	folded := make([]byte, 0, len(s))
	for i := range len(s) {
		if c, counts := foldByte(s[i]); counts {
			folded = append(folded, c)
		}
	}
	return string(folded)
}

// foldByte returns the lower case of a byte, and false for a separator.
func foldByte(c byte) (byte, bool) {
	switch {
	case c == '-' || c == '_' || c == ' ' || c == '.':
		return 0, false
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A', true
	}
	return c, true
}

// productAliases are other names of EAN, ISBN, ISMN and UPC: in words, and as ONIX
// list 5 and systems based on EDIFACT number them.
var productAliases = aliases{
	"ean": "EAN13", "gtin13": "EAN13", "ean/gtin13": "EAN13", "jan": "EAN13", "jan13": "EAN13", "03": "EAN13",
	"en":     "EAN13",
	"isbn13": "ISBN", "isbn10": "ISBN", "02": "ISBN", "15": "ISBN", "ib": "ISBN",
	"ismn10": "ISMN", "ismn13": "ISMN", "05": "ISMN", "25": "ISMN",
	"upca": "UPC", "upc12": "UPC", "gtin12": "UPC", "04": "UPC", "up": "UPC",
	"14": "GTIN14", "ean14": "GTIN14", "dun14": "GTIN14", "itf14": "GTIN14",
}

var (
	partyIDTypes      = codes{"NBSN", "GLN", "SAN", "VKNR", "SellersAccountNumber"}
	otherPartyIDTypes = append(partyIDTypes[:len(partyIDTypes):len(partyIDTypes)], "TaxRegistrationNumber",
		"VATRegistrationNumber", "BAGNR")
	lineSellerIDTypes  = codes{"TeleOrdering"}
	locationIDTypes    = codes{"Proprietary", "GLN", "SAN"}
	productIDTypes     = codes{"EAN13", "ISBN", "GTIN14", "ISMN", "SKU", "UPC", "Seller", "Buyer", "Proprietary"}
	communicationTypes = codes{"Email", "Phone", "MobilePhone", "FixedPhone", "Fax", "URL"}
	dateQualifiers     = codes{"CancelIfNotShippedBy", "CancelIfNotShippedByUnlessNYP", "FillAllAvailableBy",
		"DoNotShipBefore"}
	serviceReferences = codes{"ContractReference", "PromotionOrDealReference"}
	orderReferences   = codes{"ContractReference", "PromotionOrDealReference", "RepOrderReference",
		"OrderSourceLocationReference"}
	lineReferences = codes{"ContractReference", "PromotionOrDealReference", "BuyersOrderLineReference",
		"CustomerOrderReference"}
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

// There is no public schema for the documents other than the order. The names of
// their elements that no public document shows are here and nowhere else, so that
// a wrong one is corrected in one line. Sources: the code lists name their
// elements, the library ship notice has a public schema, and the library web
// services of BIC say that they are based on EDItX and use most of its names.
const (
	// The acknowledgement: the header of the message that it answers, and one
	// status, named after its code list.
	nameAckStatus = "AcknowledgementStatusCode"

	// The result of each document is our own addition; it comes after all known
	// elements, so that other readers can ignore it.
	nameAckDocument         = "DocumentAcknowledgement"
	nameAckDocumentPlace    = "DocumentSequence"
	nameAckDocumentNumber   = "DocumentNumber"
	nameAckDocumentLocation = "DocumentLocation"
	nameAckFinding          = "Finding"

	// The heads of response, report and cancellation.
	nameResponseNumber     = "ResponseNumber"
	nameResponseType       = "OrderResponseTypeCode"
	nameReportNumber       = "OrderStatusReportNumber"
	nameOrderStatus        = "OrderStatusCode"
	nameCancellationNumber = "OrderCancelationNumber"

	// The answer to one line.
	nameLineStatus       = "OrderLineStatusCoded"
	nameLineStatusType   = "StatusCodeType"
	nameLineStatusCode   = "StatusCode"
	nameShipping         = "QuantityShipping"
	nameShipped          = "ShippedQuantity"
	nameBackordered      = "BackorderedQuantity"
	nameCanceled         = "CanceledQuantity"
	nameCancelled        = "CancelledQuantity" // how BIC's status report spells it
	nameAvailability     = "AvailabilityCoded"
	nameAvailabilityType = "AvailabilityCodeType"
	nameAvailabilityCode = "AvailabilityCode"
	nameExpected         = "ExpectedShipDate"
	nameSubstitute       = "Substitute"
	nameShippingFrom     = "ShippingFrom"
)

// The root elements, from the code list of document types. It spells the
// cancellation with one l, and senders with two.
const (
	messageRoot           = "EDItXMessage"
	acknowledgementRoot   = "EDItXMessageAcknowledgement"
	responseRoot          = "OrderResponse"
	statusReportRoot      = "OrderStatusReport"
	cancellationRoot      = "OrderCancelation"
	cancellationOtherRoot = "OrderCancellation"
	shipNoticeRoot        = "LibraryShipNotice"
)

// The code lists that only these documents use.
var (
	documentTypes = codes{
		"Order", "OrderCancelation", "OrderResponse", "OrderStatusEnquiry", "OrderStatusReport", "StockEnquiry",
		"StockReport",
		"AdvanceShipNotice", "Invoice", "ReturnsRequest", "ReturnsResponse", "CDFOrder", "CDFOrderResponse",
		"LibraryOrder", "LibraryShipNotice",
	}
	responseTypes = codes{"AllLines", "ExceptionsOnly", "NoDetail"}
	orderStatuses = codes{"AcceptedShipping", "AcceptedBackordered", "AcceptedSeeDetail", "CanceledSeeDetail",
		"AcceptedSeeMessage", "CanceledSeeMessage"}
	lineStatusTypes    = codes{"EDItEUR", "Sender"}
	availabilityTypes  = codes{"Seller", "EDItEURAlpha", "EDItEURNumeric", "MNR"}
	responseReferences = codes{"BuyersOrderReference", "ContractReference", "PromotionOrDealReference",
		"RepOrderReference"}
	reportReferences = append(responseReferences[:len(responseReferences):len(responseReferences)],
		"OrderStatusEnquiryReference")
	cancellationReferences = append(lineReferences[:len(lineReferences):len(lineReferences)], "BuyersOrderReference")
)

// References that identify the order and the line.
const (
	buyersOrder = "BuyersOrderReference"
	buyersLine  = "BuyersOrderLineReference"
)

// lineCodes are the order line statuses of EDItEUR and BIC, to correct spelling.
// order.LineCode decides which are valid; a test compares.
var lineCodes = codes{
	"AcceptedShipping", "AcceptedBackordered", "AcceptedPartShippingPartBackordered",
	"AcceptedPartShippingPartCanceled",
	"AcceptedReadyForActivation", "AcceptedActivated",
	"BackorderedAwaitingMinimumOrder", "BackorderedAwaitingReceipt", "BackorderedAwaitingSupply",
	"BackorderedChasingSupplier",
	"BackorderedDateChange", "BackorderedOnOrderFromOverseas", "BackorderedPriceChange", "BackorderedTitleChange",
	"BackorderedStockTaking",
	"CanceledByBuyer", "CanceledCannotSupply", "CanceledDiscountQuery", "CanceledDuplicateOrder", "CanceledInvalid",
	"CanceledMinimumOrderReq", "CanceledOutOfTime", "CanceledPriceQuery", "CanceledPriceIdentifierMismatch",
	"CanceledPromotionInvalid",
	"CanceledSubstOffered", "CanceledTryOtherLocation", "CanceledUnknown", "CanceledRightsRestricted",
	"CanceledCannotShipByRequestedDate",
	"CanceledSold", "CanceledStockTaking", "CanceledAdditionalServiceQuery", "CanceledAccountStopped",
	"HeldAccountStopped", "HeldAwaitingBuyerInstruction", "HeldDiscountQuery", "HeldFirmOrderRequired",
	"HeldMinimumOrderReq",
	"HeldPriceQuery", "HeldPriceIdentifierMismatch", "HeldPromotionInvalid", "HeldStockTaking",
	"HeldAdditionalServiceQuery",
	"TemporaryHold", "AwaitingAuthorizationToShip",
	"AlreadyShipped", "NotFound", "NotOnBackorderFile", "Processing", "ProcessingAwaitingBuyerInstruction",
	"ReorderedWrongItemSupplied", "ReorderedSuppliedShort", "ReorderedSuppliedDamaged", "ReorderedSuppliedImperfect",
	"ReorderedSupplierCannotTrace",
	"SubstShipping", "SubstBackordered", "SubstPartShippingPartBackordered", "SubstPartShippingPartCanceled",
}

// The code lists that only ship notices use, from the public schema.
var (
	shipDates    = codes{"DeliveryDateLatest", "Shipped"}
	packageMarks = codes{"SSCC-18", "CarrierTrackingNumber"}
	measureTypes = codes{"Height", "Width", "Depth", "TotalGrossWeight"}
	linearUnits  = codes{"Centimetre", "Millimetre", "Inch"}
	weightUnits  = codes{"Gram", "Kilogram", "Ounce", "Pound"}
	units        = append(linearUnits[:len(linearUnits):len(linearUnits)], weightUnits...)

	packageSchemes = codes{"EDItEUR", "DE", "GB", "NO", "SE", "US"}
	subjectSchemes = codes{"DDC", "AbridgedDDC", "DDK", "DK5", "LCClassNumber", "UDC"}
	shipReferences = codes{
		"BuyersOrderReference", "BuyersOrderLineReference", "VendorsOrderReference", "VendorsOrderLineReference",
		"VendorsQuotationReference", "VendorsQuotationLineReference", "CatalogItemReference",
		"AuthorizationForExpenseReference",
		"BuyersInternalVendorReference", "LibraryNewTitleListReference",
	}
	shipPriceQualifiers = codes{
		"FixedRPIncludingTax", "FixedRPExcludingTax", "SRPIncludingTax", "SRPExcludingTax", "UnitCostIncludingTax",
		"UnitCostExcludingTax",
	}
)

// processingInstructions are what is done to a copy before delivery.
var processingInstructions = codes(strings.Fields(`
	NoProcessing AppliedCopyNumber AppliedCopyNumberFrom AppliedCopyNumberTo NoAppliedCopyNumber BarcodeNumber BarcodeNumberFrom
	BarcodeNumberTo NoBarcode SecurityDevice NoSecurityDevice Jacket NoJacket SpineLabel NoSpineLabel SpineLabelString Pocket
	NoPocket CirculationCard NoCirculationCard DateDueSlip NoDateDueSlip Binding NoBinding Stamp NoStamp Embossing NoEmbossing
	RFIDChip NoRFIDChip AudioPackaging NoAudioPackaging Classification NoClassification Catalog NoCatalog Laminate NoLaminate
	SewnFlexi NoSewnFlexi CaseBind NoCaseBind BindingAsSupplied SeparateInstructions`))

// productForms are the product forms of ONIX.
var productForms = codes(strings.Fields(`
	00 AA AB AC AD AE AF AG AH AI AJ AZ BA BB BC BD BE BF BG BH BI BJ BK BL BM BN BO BZ CA CB CC CD CE CZ DA DB
	DC DD DE DF DG DH DI DJ DK DL DM DZ FA FB FC FD FE FF FZ MA MB MC MZ PA PB PC PD PE PF PG PH PI PJ PK PL PM
	PN PO PP PQ PZ VA VB VC VD VE VF VG VH VI VJ VK VL VM VZ WW WX XA XB XC XD XE XF XG XH XI XJ XK XL XZ ZA ZB
	ZC ZD ZE ZF ZZ`))

// currencies are the codes of ISO 4217, with those that prices of older contracts
// still use.
var currencies = codes(strings.Fields(`
	ADF ADP AED AFA ALL AMD ANG AON AOR ARA ARP ARS ATS AUD AWF AWG AZM BAD BAK BBD BDT BEF BGL BHD BIF BMD BND
	BOB BOV BRL BSD BTN BWP BYB BZD CAD CHF CLF CLP CNY COP CRC CUP CVE CYP CZK DEM DJF DKK DOP DZD ECS ECV EEK
	EGP ERN ESP ETB EUR FIM FJD FKP FRF GBP GEL GHC GIP GMD GNF GRD GTQ GWP GYD HKD HNL HRK HTG HUF IDR IEP ILS
	INR IQD IRA IRR ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LUF LVL LYD
	MAD MDL MGF MKD MMK MNT MOP MRO MTL MUR MVR MWK MXN MYR MZM NAD NGN NIO NLG NOK NPR NZD OMR PAB PEN PGK PHP
	PKR PLN PLZ PTE PYG QAR ROL RUR RWF SAR SBD SBL SCR SDA SDD SDP SEK SGD SHP SIT SKK SLL SOS SRG STD SVC SYP
	SZL THB TJR TMM TND TOP TPE TRL TTD TWD TZS UAH UGX USD USN UYU UZS VEB VND VUV WST XAF XAU XCD XEU XOF XPF
	YER YUN ZAL ZAR ZMK ZRN ZWD` + newerCurrencies))

// countries are the codes of ISO 3166.
var countries = codes(strings.Fields(`
	AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BV BW BY BZ CA
	CC CD CF CG CH CI CK CL CM CN CO CR CS CU CV CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
	GA GB GD GE GF GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IN IO IQ IR IS IT JM JO JP KE
	KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD MG MH MK ML MM MN MO MP MQ MR MS MT MU
	MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RU RW
	SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR ST SV SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
	UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT YU ZA ZM ZW
` + newerCountries))

// IsCountry reports whether code is of ISO 3166, in capitals, so that an address
// with it is written as the schema has it.
func IsCountry(code string) bool { return countries.has(code) }

// newerCurrencies and newerCountries are later than the public code lists.
const (
	newerCurrencies = `
	AFN AOA AZN BAM BGN BYN BYR CDF CHE CHW COU CSD CUC GHS MGA MRU MXV MZN RON RSD RUB SDG SLE SRD SSP STN TJS TMT TRY
	UYI UYW VED VES XCG ZMW ZWG ZWL`
	newerCountries = "BL BQ CW GG IM JE ME MF RS SS SX XK"
)
