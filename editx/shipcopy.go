package editx

import (
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// shipCopy is what a notice says of single copies: where they go and how they
// are made ready for the shelf.
var shipCopy = []field{
	notedValue("SubLineNumber", integer).wanted(),
	notedValue("CopyQuantity", share).wanted(),
	notedText("CopyNumber").repeated(),
	notedText("DeliverToLocation"),
	notedText("DestinationLocation"),
	notedPart("CollectionProfile", []field{
		notedText("CollectionCode"),
		notedText("CollectionDescription"),
	}).repeated().always(),
	notedText("LocalCallNumber"),
	notedPart("Classification", []field{
		notedCode("SubjectSchemeIdentifier", subjectSchemes).wanted(),
		notedText("SubjectSchemeVersion"),
		notedText("SubjectCode").repeated().wanted(),
	}).repeated(),
	notedPart("CopyValue", []field{
		notedValue("MonetaryAmount", decimal).wanted(),
		notedCode("CurrencyCode", currencies),
		notedCode("CountryCode", countries),
	}),
	notedText("FeatureHeading"),
	notedText("FilingSuffix"),
	notedText("LoanStatusCode"),
	notedText("LocationCode"),
	notedText("StockSequenceCode"),
	notedText("StockCategoryCode"),
	notedText("ReaderInterestCode"),
	notedText("LibraryRotationPlanCode"),
	notedText("SizeCode"),
	notedText("ProcessingProfileCode"),
	// An instruction and what belongs to it come again as a whole.
	notedCode("ProcessingInstructionCode", processingInstructions).repeated().beginning(3),
	notedText("AppliedCopyNumber").oneOf(appliedChoice),
	notedText("BarcodeNumber").oneOf(appliedChoice),
	notedText("SpineLabelString").oneOf(appliedChoice),
	notedText("ProcessingNotes"),
	notedPart("FundDetail", []field{
		notedText("FundNumber").wanted(),
		notedText("FundDescription"),
		notedValue("Percent", decimal),
		notedValue("MonetaryAmount", decimal),
		notedText("BudgetYear").written(gYearForm),
	}).repeated(),
	notedPart("Message", []field{
		notedText("MessageType").wanted().written(messageTypeForm),
		notedText("MessageLine").wanted().holdsForeign(),
	}).repeated(),
	notedText("PredefinedMessage").repeated().written(predefinedForm),
	notedText("RequestedBy").repeated(),
	notedText("ApprovedBy"),
}

// libraryParty is a party of the library documents, whose numbers are of other
// kinds than the trade's.
func libraryParty(ids, others codes) []field {
	numbered := func(list codes) []field {
		return []field{
			value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(list),
			value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
		}
	}
	elements := slices.Clone(partyElements)
	elements[0] = part("PartyID", func(p *order.TradeParty) *order.Identifier { return &p.ID }, numbered(ids)).wanted().checked(checkParty)
	elements[1] = list("AdditionalPartyID", func(p *order.TradeParty) *[]order.Identifier { return &p.AdditionalIDs }, numbered(others)).checked(checkParty)
	return elements
}

var (
	libraryBuyer = libraryParty(codes{"GLN", "SAN", "VKNR", "VendorAssignedID"},
		codes{"GLN", "SAN", "VKNR", "TaxRegistrationNumber", "VATRegistrationNumber", "BAGNR", "BuyerAssignedID", "SANSuffix"})
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

// isGYear reports whether s is an xs:gYear: a year of four digits or more, with
// a sign before it and a zone behind it if need be.
func isGYear(s string) bool {
	s = strings.TrimPrefix(strings.Trim(s, blanks), "-") // years before our era are years
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits < 4 || digits > 4 && s[0] == '0' || strings.Trim(s[:digits], "0") == "" {
		return false
	}
	return isZone(s[digits:])
}

// isZone reports whether s is the zone of XML Schema's dates, or nothing.
func isZone(s string) bool {
	if s == "" || s == "Z" {
		return true
	}
	if len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' || !allDigits(s[1:3]+s[4:]) {
		return false
	}
	return s[1:] <= "14:00" && s[4:] < "60"
}
