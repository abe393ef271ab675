package editx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// shipment is what the checks of a ship notice need of all of it.
type shipment struct {
	tally
	units    int64          // of all lines together
	packages map[string]int // how often each package is described
	named    []packageName  // the packages that lines name
}

// packageName is the package that a line names, with its position.
type packageName struct {
	number, path string
	at           xmlread.Pos
}

// shipNoticeDocument is the grammar of the LibraryShipNotice 1.0, the one
// document beside the order that has a public schema: all of that schema is
// here. It is checked and has no model, since an order gateway passes it on.
// The trade's AdvanceShipNotice, which has no public schema, is said to be the
// same without the detail of copies and titles.
var shipNoticeDocument = document[shipment]{
	root: field{name: shipNoticeRoot, use: needed, children: []field{
		partRow("Header", shipHeader).needed(),
		partRow("ItemDetail", shipLine).repeated().needed().checked(checkShipLine),
		partRow("PackageDetail", shipPackages).checked(checkPackages),
		partRow("Summary", []field{
			valueRow("NumberOfLines", summaryCount).wanted(),
			valueRow("UnitsShipped", summaryCount),
		}).wanted().checked(checkShipSummary),
	}},
	versions:       []string{"1.0"},
	discardUnknown: true,
	validate:       validateShipment,
}

var shipHeader = []field{
	textRow("ShipNoticeNumber").wanted(),
	valueRow("IssueDateTime", date).wanted(),
	partRow("PackageMark", packageMark).repeated().checked(checkMark),
	valueRow("PurposeCode", purpose).wanted(),
	codeRow("CurrencyCode", currencies),
	codeRow("CountryCode", countries),
	partRow("DateCoded", []field{
		valueRow("Date", date).wanted(),
		codeRow("DateQualifierCode", shipDates).wanted(),
	}).repeated().wanted(),
	modelRow[order.TradeParty]("BuyerParty", libraryBuyer).wanted(),
	modelRow[order.TradeParty]("SellerParty", librarySeller).wanted(),
	modelRow[order.TradeParty]("ShipToParty", libraryBuyer),
	modelRow[order.TradeParty]("BillToParty", libraryBuyer),
	partRow("ShippingFrom", []field{modelRow[order.Location]("Location", locationElements).wanted()}),
	modelRow[order.Delivery]("Delivery", deliveryElements),
	codeRow("DefaultLinearUnit", linearUnits),
	codeRow("DefaultWeightUnit", weightUnits),
	modelRow[order.Message]("Message", messageElements).repeated(),
}

// The numbers of the choices of a line and a copy.
const (
	productChoice = 1 + iota
	appliedChoice
)

var shipLine = []field{
	valueRow("LineNumber", integer).wanted(),
	modelRow[order.Identifier]("ProductID", productElements).repeated().oneOf(productChoice).
		atLeastOneOf(productChoice).checked(checkProduct),
	partRow("NoProductID", []field{}).oneOf(productChoice).atLeastOneOf(productChoice).always(),
	partRow("ItemDescription", []field{
		textRow("BibNumber"),
		codeRow("ProductForm", productForms),
		textRow("Title"),
		textRow("Author").repeated(),
		textRow("SeriesTitle"),
		textRow("VolumeOrPart"),
		textRow("EditionStatement"),
		textRow("CityOfPublication"),
		textRow("PublisherName"),
		textRow("YearOfPublication").written(yearForm),
		partRow("Measure", measureElements).repeated(),
	}),
	valueRow("QuantityShipping", share).needed(),
	modelRow[order.Reference]("ReferenceCoded", referenceElements(shipReferences)).repeated(),
	partRow("PricingDetail", shipPricing).repeated(),
	valueRow("OrderQuantity", share),
	valueRow("ShippedQuantity", share),
	valueRow("BackorderedQuantity", share),
	valueRow("CanceledQuantity", share),
	partRow("PackageReference", []field{
		valueRow("PackedQuantity", share),
		valueRow("PackageNumber", integer).wanted(),
	}).repeated().checked(checkPackageReference),
	modelRow[order.Message]("Message", messageElements).repeated(),
	partRow("CopyDetail", shipCopy).repeated().checked(checkCopy),
}

var shipPricing = []field{
	partRow("Price", []field{
		valueRow("MonetaryAmount", decimal).wanted(),
		codeRow("CurrencyCode", currencies),
		codeRow("CountryCode", countries),
		codeRow("PriceQualifierCode", shipPriceQualifiers).wanted(),
		partRow("Tax", []field{
			codeRow("TaxTypeCode", taxTypes).wanted(),
			textRow("TaxRateCode"),
			valueRow("Percent", decimal),
			valueRow("AmountTaxable", decimal),
			valueRow("TaxAmount", decimal),
		}).repeated(),
	}).wanted(),
	valueRow("DiscountPercentage", decimal),
	modelRow[order.DiscountDetail]("DiscountDetail", discountElements).repeated(),
}

var packageMark = []field{
	codeRow("PackageMarkTypeCode", packageMarks).wanted(),
	textRow("PackageMarkValue").wanted(),
}

var measureElements = []field{
	codeRow("MeasureTypeCode", measureTypes).wanted(),
	valueRow("MeasurementValue", decimal).wanted(),
	codeRow("MeasureUnitCode", units),
}

var shipPackages = []field{
	partRow("PackageTypeCoded", []field{
		codeRow("PackageTypeCodeType", packageSchemes).wanted(),
		textRow("PackageTypeCode").wanted(),
	}).wanted(),
	valueRow("NumberOfPackages", integer).wanted(),
	partRow("Package", []field{
		valueRow("PackageNumber", integer).wanted(),
		partRow("PackageMark", packageMark).repeated().wanted().checked(checkMark),
		partRow("Measure", measureElements).repeated(),
	}).repeated().checked(checkPackage),
}

// shipCopy has the elements about single copies: their destination and
// processing.
var shipCopy = []field{
	valueRow("SubLineNumber", integer).wanted(),
	valueRow("CopyQuantity", share).wanted(),
	textRow("CopyNumber").repeated(),
	textRow("DeliverToLocation"),
	textRow("DestinationLocation"),
	partRow("CollectionProfile", []field{
		textRow("CollectionCode"),
		textRow("CollectionDescription"),
	}).repeated().always(),
	textRow("LocalCallNumber"),
	partRow("Classification", []field{
		codeRow("SubjectSchemeIdentifier", subjectSchemes).wanted(),
		textRow("SubjectSchemeVersion"),
		textRow("SubjectCode").repeated().wanted(),
	}).repeated(),
	partRow("CopyValue", []field{
		valueRow("MonetaryAmount", decimal).wanted(),
		codeRow("CurrencyCode", currencies),
		codeRow("CountryCode", countries),
	}),
	textRow("FeatureHeading"),
	textRow("FilingSuffix"),
	textRow("LoanStatusCode"),
	textRow("LocationCode"),
	textRow("StockSequenceCode"),
	textRow("StockCategoryCode"),
	textRow("ReaderInterestCode"),
	textRow("LibraryRotationPlanCode"),
	textRow("SizeCode"),
	textRow("ProcessingProfileCode"),
	// An instruction and its details are repeated as a whole.
	codeRow("ProcessingInstructionCode", processingInstructions).repeated().groupOf(3),
	textRow("AppliedCopyNumber").oneOf(appliedChoice),
	textRow("BarcodeNumber").oneOf(appliedChoice),
	textRow("SpineLabelString").oneOf(appliedChoice),
	textRow("ProcessingNotes"),
	partRow("FundDetail", []field{
		textRow("FundNumber").wanted(),
		textRow("FundDescription"),
		valueRow("Percent", decimal),
		valueRow("MonetaryAmount", decimal),
		textRow("BudgetYear").written(gYearForm),
	}).repeated(),
	partRow("Message", []field{
		textRow("MessageType").wanted().written(messageTypeForm),
		textRow("MessageLine").wanted().allowForeign(),
	}).repeated(),
	textRow("PredefinedMessage").repeated().written(predefinedForm),
	textRow("RequestedBy").repeated(),
	textRow("ApprovedBy"),
}

// libraryParty returns the elements of a party in library documents, whose
// numbers have other types than in the trade.
func libraryParty(ids, others codes) []field {
	numbered := func(list codes) []field {
		return []field{
			value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(list),
			value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
		}
	}
	elements := slices.Clone(partyElements)
	elements[0] = part("PartyID", func(p *order.TradeParty) *order.Identifier { return &p.ID }, numbered(ids)).wanted().
		checked(checkParty)
	elements[1] = list("AdditionalPartyID", func(p *order.TradeParty) *[]order.Identifier { return &p.AdditionalIDs },
		numbered(others)).checked(checkParty)
	return elements
}

var (
	libraryBuyer = libraryParty(codes{"GLN", "SAN", "VKNR", "VendorAssignedID"},
		codes{"GLN", "SAN", "VKNR", "TaxRegistrationNumber", "VATRegistrationNumber", "BAGNR", "BuyerAssignedID",
			"SANSuffix"})
	librarySeller = libraryParty(codes{"GLN", "SAN", "VKNR", "BuyerAssignedID"},
		codes{"GLN", "SAN", "VKNR", "TaxRegistrationNumber", "VATRegistrationNumber", "BAGNR", "VendorAssignedID"})
)

var (
	yearForm       = form{"date-form", "a year from 1900 on in four digits", isYear}
	gYearForm      = form{"date-form", "a year in four digits", isGYear}
	predefinedForm = form{"code", "two digits", func(s string) bool { return len(s) == 2 && allDigits(s) }}
)

func isYear(s string) bool {
	return len(s) == 4 && allDigits(s) && (s[:2] == "19" || s[0] == '2')
}

// isGYear reports whether s is an xs:gYear: a year of at least four digits,
// with an optional sign before it and an optional zone after it.
func isGYear(s string) bool {
	s = strings.TrimPrefix(strings.Trim(s, xmlread.WhiteSpace), "-") // negative years are years
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits < 4 || digits > 4 && s[0] == '0' || strings.Trim(s[:digits], "0") == "" {
		return false
	}
	return isZone(s[digits:])
}

// isZone reports whether s is the zone of an XML Schema date, or "".
func isZone(s string) bool {
	if s == "" || s == "Z" {
		return true
	}
	if len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' || !allDigits(s[1:3]+s[4:]) {
		return false
	}
	return s[1:] <= "14:00" && s[4:] < "60"
}

// shipmentOf returns the notice that is being read.
func (r *reader) shipmentOf() *shipment { return r.frames[0].at.(*shipment) }

// checkShipLine adds up the line, and warns of more copies than were ordered.
func checkShipLine(r *reader, f *frame) {
	l := f.at.(*tally)
	shipping, _ := l.number("QuantityShipping")
	r.shipmentOf().units += shipping
	ordered, said := l.number("OrderQuantity")
	if !said {
		return
	}
	backordered, _ := l.number("BackorderedQuantity")
	canceled, _ := l.number("CanceledQuantity")
	if sum := shipping + backordered + canceled; sum > ordered {
		r.reportValue(f, "OrderQuantity", strconv.FormatInt(ordered, 10),
			warn("line-shares", "%d shipping, %d back-ordered and %d cancelled are more than the %d ordered.", shipping,
				backordered, canceled, ordered))
	}
}

// checkCopy warns of the detail of an instruction that is missing.
func checkCopy(r *reader, f *frame) {
	if f.has("ProcessingInstructionCode") {
		return
	}
	for _, name := range []string{"AppliedCopyNumber", "BarcodeNumber", "SpineLabelString"} {
		if f.has(name) {
			r.reportValue(f, name, "", against("missing",
				"`<%s>` stands without the `<ProcessingInstructionCode>` that it belongs to.", name))
		}
	}
}

// has reports whether an element occurred.
func (fr *frame) has(name string) bool {
	i := fr.find(name)
	return i >= 0 && fr.seen&(1<<i) != 0
}

// checkMark checks the check digit of a package's number, since a scanner
// rejects a wrong one.
func checkMark(r *reader, f *frame) {
	m := f.at.(*tally)
	number := m.row("PackageMarkValue").text
	if m.row("PackageMarkTypeCode").text != "SSCC-18" || number == "" {
		return
	}
	bare := digits(number)
	switch want, ok := order.GTINCheck(bare); {
	case !ok || len(bare) != 18:
		r.reportValue(f, "PackageMarkValue", number,
			warn("sscc-check", "%s is not a valid SSCC-18: 18 digits are expected.", order.Truncate(number)))
	case want != bare[17]:
		r.reportValue(f, "PackageMarkValue", number,
			warn("sscc-check", "%s is not a valid SSCC-18: the last digit should be %c.", order.Truncate(number), want))
	}
}

// checkPackageReference remembers the package of a line.
func checkPackageReference(r *reader, f *frame) {
	if number := f.at.(*tally).row("PackageNumber").text; number != "" {
		s := r.shipmentOf()
		s.named = append(s.named, packageName{number, r.path(f) + "/PackageNumber", f.begins})
	}
}

// checkPackage counts the descriptions of a package.
func checkPackage(r *reader, f *frame) {
	s := r.shipmentOf()
	if s.packages == nil {
		s.packages = map[string]int{}
	}
	number := f.at.(*tally).row("PackageNumber").text
	if s.packages[number]++; s.packages[number] == 2 {
		r.reportValue(f, "PackageNumber", number, warn("package", "Package %s is described twice.", order.Truncate(number)))
	}
}

// checkPackages compares the number of packages with the number described, if
// any.
func checkPackages(r *reader, f *frame) {
	p := f.at.(*tally)
	described := int64(p.row("Package").times)
	if said, ok := p.number("NumberOfPackages"); ok && described > 0 && said != described {
		r.reportValue(f, "NumberOfPackages", printInteger(said),
			warn("package", "NumberOfPackages says %d, and %d are described.", said, described))
	}
}

// checkShipSummary compares the sender's counts with the lines.
func checkShipSummary(r *reader, f *frame) {
	s, summary := r.shipmentOf(), f.at.(*tally)
	compare := func(name string, are int64) {
		if said, ok := summary.number(name); ok && said != are {
			r.reportValue(f, name, printInteger(said), warn("summary", "%s says %d, and the lines add up to %d.", name,
				said, are))
		}
	}
	compare("NumberOfLines", int64(s.row("ItemDetail").times))
	compare("UnitsShipped", s.units)
}

// validateShipment checks that the packages of lines are described.
func validateShipment(r *reader, s *shipment, _ xmlread.Pos) error {
	for _, n := range s.named {
		if len(s.packages) > 0 && s.packages[n.number] == 0 {
			r.report(warn("package", "The line lies in package %s, which is not described.", order.Truncate(n.number)), n.at,
				n.path, n.number)
		}
	}
	return nil
}

// groupOf makes a row the first of a group of rows that is repeated as a whole;
// follow is the number of the others.
func (f field) groupOf(follow int) field { f.groupSize = follow; return f }
