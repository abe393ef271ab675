package editx

// There is no public schema for the documents beside the order. The names of
// their elements that no public document shows stand here and nowhere else, so
// that one that turns out otherwise is changed in one line. Where they are
// from: the code lists name their elements, the library ship notice has a
// public schema, and the library web services of BIC say that they are built on
// EDItX and keep most names.
const (
	// The acknowledgement: the header of the message that it answers, and one
	// status, which is called as its code list is.
	nameAckStatus = "AcknowledgementStatusCode"

	// What our acknowledgement says of each document is our own addition; it
	// stands behind all that others know, so that they can pass over it.
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

// The root elements. The code list of document types has them all; it writes
// the cancellation with one l, and senders write it with two.
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
		"Order", "OrderCancelation", "OrderResponse", "OrderStatusEnquiry", "OrderStatusReport", "StockEnquiry", "StockReport",
		"AdvanceShipNotice", "Invoice", "ReturnsRequest", "ReturnsResponse", "CDFOrder", "CDFOrderResponse", "LibraryOrder", "LibraryShipNotice",
	}
	responseTypes          = codes{"AllLines", "ExceptionsOnly", "NoDetail"}
	orderStatuses          = codes{"AcceptedShipping", "AcceptedBackordered", "AcceptedSeeDetail", "CanceledSeeDetail", "AcceptedSeeMessage", "CanceledSeeMessage"}
	lineStatusTypes        = codes{"EDItEUR", "Sender"}
	availabilityTypes      = codes{"Seller", "EDItEURAlpha", "EDItEURNumeric", "MNR"}
	responseReferences     = codes{"BuyersOrderReference", "ContractReference", "PromotionOrDealReference", "RepOrderReference"}
	reportReferences       = append(responseReferences[:len(responseReferences):len(responseReferences)], "OrderStatusEnquiryReference")
	cancellationReferences = append(lineReferences[:len(lineReferences):len(lineReferences)], "BuyersOrderReference")
)

// References that answers and cancellations are found by.
const (
	buyersOrder = "BuyersOrderReference"
	buyersLine  = "BuyersOrderLineReference"
)
