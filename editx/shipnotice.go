package editx

import (
	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// shipment is what the checks of a ship notice ask of all of it.
type shipment struct {
	tally
	units    int64          // of all lines together
	packages map[string]int // how often each package is described
	named    []packageName  // the packages that lines name
}

// packageName is a package as a line names it, and where.
type packageName struct {
	number, path string
	at           xmlread.Pos
}

// shipNoticeDocument is the LibraryShipNotice 1.0, the one document beside the
// order that has a public schema: all of that schema is here. It is checked
// and not read into anything, for a gateway of orders passes it on. The trade's
// AdvanceShipNotice, which has no public schema, is said to be the same without
// the detail of copies and titles.
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
	modelRow[order.Identifier]("ProductID", productElements).repeated().oneOf(productChoice).atLeastOneOf(productChoice).checked(checkProduct),
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
