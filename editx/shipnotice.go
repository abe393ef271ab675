package editx

import (
	"github.com/bookgate/bookgate/order"
)

// shipment is what the checks of a ship notice ask of all of it.
type shipment struct {
	noted
	units    int64          // of all lines together
	packages map[string]int // how often each package is described
	named    []packageName  // the packages that lines name
}

// packageName is a package as a line names it, and where.
type packageName struct {
	number, path string
	at           mark
}

// shipNoticeDocument is the LibraryShipNotice 1.0, the one document beside the
// order that has a public schema: all of that schema is here. It is checked
// and not read into anything, for a gateway of orders passes it on. The trade's
// AdvanceShipNotice, which has no public schema, is said to be the same without
// the detail of copies and titles.
var shipNoticeDocument = document[shipment]{
	root: field{name: shipNoticeRoot, use: needed, kids: []field{
		notedPart("Header", shipHeader).needed(),
		notedPart("ItemDetail", shipLine).repeated().needed().checked(checkShipLine),
		notedPart("PackageDetail", shipPackages).checked(checkPackages),
		notedPart("Summary", []field{
			notedValue("NumberOfLines", tally).wanted(),
			notedValue("UnitsShipped", tally),
		}).wanted().checked(checkShipSummary),
	}},
	versions: []string{"1.0"},
	forgets:  true,
	conclude: concludeShipment,
}

var shipHeader = []field{
	notedText("ShipNoticeNumber").wanted(),
	notedValue("IssueDateTime", date).wanted(),
	notedPart("PackageMark", packageMark).repeated().checked(checkMark),
	notedValue("PurposeCode", purpose).wanted(),
	notedCode("CurrencyCode", currencies),
	notedCode("CountryCode", countries),
	notedPart("DateCoded", []field{
		notedValue("Date", date).wanted(),
		notedCode("DateQualifierCode", shipDates).wanted(),
	}).repeated().wanted(),
	notedAs[order.TradeParty]("BuyerParty", libraryBuyer).wanted(),
	notedAs[order.TradeParty]("SellerParty", librarySeller).wanted(),
	notedAs[order.TradeParty]("ShipToParty", libraryBuyer),
	notedAs[order.TradeParty]("BillToParty", libraryBuyer),
	notedPart("ShippingFrom", []field{notedAs[order.Location]("Location", locationElements).wanted()}),
	notedAs[order.Delivery]("Delivery", deliveryElements),
	notedCode("DefaultLinearUnit", linearUnits),
	notedCode("DefaultWeightUnit", weightUnits),
	notedAs[order.Message]("Message", messageElements).repeated(),
}

// The numbers of the choices of a line and a copy.
const (
	productChoice = 1 + iota
	appliedChoice
)

var shipLine = []field{
	notedValue("LineNumber", integer).wanted(),
	notedAs[order.Identifier]("ProductID", productElements).repeated().oneOf(productChoice).leastOneOf(productChoice).checked(checkProduct),
	notedPart("NoProductID", []field{}).oneOf(productChoice).leastOneOf(productChoice).always(),
	notedPart("ItemDescription", []field{
		notedText("BibNumber"),
		notedCode("ProductForm", productForms),
		notedText("Title"),
		notedText("Author").repeated(),
		notedText("SeriesTitle"),
		notedText("VolumeOrPart"),
		notedText("EditionStatement"),
		notedText("CityOfPublication"),
		notedText("PublisherName"),
		notedText("YearOfPublication").written(yearForm),
		notedPart("Measure", measureElements).repeated(),
	}),
	notedValue("QuantityShipping", share).needed(),
	notedAs[order.Reference]("ReferenceCoded", referenceElements(shipReferences)).repeated(),
	notedPart("PricingDetail", shipPricing).repeated(),
	notedValue("OrderQuantity", share),
	notedValue("ShippedQuantity", share),
	notedValue("BackorderedQuantity", share),
	notedValue("CanceledQuantity", share),
	notedPart("PackageReference", []field{
		notedValue("PackedQuantity", share),
		notedValue("PackageNumber", integer).wanted(),
	}).repeated().checked(checkPackageReference),
	notedAs[order.Message]("Message", messageElements).repeated(),
	notedPart("CopyDetail", shipCopy).repeated().checked(checkCopy),
}

var shipPricing = []field{
	notedPart("Price", []field{
		notedValue("MonetaryAmount", decimal).wanted(),
		notedCode("CurrencyCode", currencies),
		notedCode("CountryCode", countries),
		notedCode("PriceQualifierCode", shipPriceQualifiers).wanted(),
		notedPart("Tax", []field{
			notedCode("TaxTypeCode", taxTypes).wanted(),
			notedText("TaxRateCode"),
			notedValue("Percent", decimal),
			notedValue("AmountTaxable", decimal),
			notedValue("TaxAmount", decimal),
		}).repeated(),
	}).wanted(),
	notedValue("DiscountPercentage", decimal),
	notedAs[order.DiscountDetail]("DiscountDetail", discountElements).repeated(),
}

var packageMark = []field{
	notedCode("PackageMarkTypeCode", packageMarks).wanted(),
	notedText("PackageMarkValue").wanted(),
}

var measureElements = []field{
	notedCode("MeasureTypeCode", measureTypes).wanted(),
	notedValue("MeasurementValue", decimal).wanted(),
	notedCode("MeasureUnitCode", units),
}

var shipPackages = []field{
	notedPart("PackageTypeCoded", []field{
		notedCode("PackageTypeCodeType", packageSchemes).wanted(),
		notedText("PackageTypeCode").wanted(),
	}).wanted(),
	notedValue("NumberOfPackages", integer).wanted(),
	notedPart("Package", []field{
		notedValue("PackageNumber", integer).wanted(),
		notedPart("PackageMark", packageMark).repeated().wanted().checked(checkMark),
		notedPart("Measure", measureElements).repeated(),
	}).repeated().checked(checkPackage),
}
