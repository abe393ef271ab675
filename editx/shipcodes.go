package editx

import "strings"

// The code lists that only ship notices use, as the public schema has them.
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
		"VendorsQuotationReference", "VendorsQuotationLineReference", "CatalogItemReference", "AuthorizationForExpenseReference",
		"BuyersInternalVendorReference", "LibraryNewTitleListReference",
	}
	shipPriceQualifiers = codes{
		"FixedRPIncludingTax", "FixedRPExcludingTax", "SRPIncludingTax", "SRPExcludingTax", "UnitCostIncludingTax", "UnitCostExcludingTax",
	}
)

// processingInstructions say what is done to a copy before it comes.
var processingInstructions = codes(strings.Fields(`
	NoProcessing AppliedCopyNumber AppliedCopyNumberFrom AppliedCopyNumberTo NoAppliedCopyNumber BarcodeNumber BarcodeNumberFrom
	BarcodeNumberTo NoBarcode SecurityDevice NoSecurityDevice Jacket NoJacket SpineLabel NoSpineLabel SpineLabelString Pocket
	NoPocket CirculationCard NoCirculationCard DateDueSlip NoDateDueSlip Binding NoBinding Stamp NoStamp Embossing NoEmbossing
	RFIDChip NoRFIDChip AudioPackaging NoAudioPackaging Classification NoClassification Catalog NoCatalog Laminate NoLaminate
	SewnFlexi NoSewnFlexi CaseBind NoCaseBind BindingAsSupplied SeparateInstructions`))

// productForms are the forms of a product that ONIX numbers.
var productForms = codes(strings.Fields(`
	00 AA AB AC AD AE AF AG AH AI AJ AZ BA BB BC BD BE BF BG BH BI BJ BK BL BM BN BO BZ CA CB CC CD CE CZ DA DB
	DC DD DE DF DG DH DI DJ DK DL DM DZ FA FB FC FD FE FF FZ MA MB MC MZ PA PB PC PD PE PF PG PH PI PJ PK PL PM
	PN PO PP PQ PZ VA VB VC VD VE VF VG VH VI VJ VK VL VM VZ WW WX XA XB XC XD XE XF XG XH XI XJ XK XL XZ ZA ZB
	ZC ZD ZE ZF ZZ`))
