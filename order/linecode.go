package order

import "strings"

// LineCode is an EDItEUR order line status value (reference/editx.md, section
// 7): finer than a [Status], and told to the other party as it was given.
type LineCode string

// lineCodes are EDItEUR's values with those that BIC added.
const lineCodes = ` AcceptedShipping AcceptedBackordered AcceptedPartShippingPartBackordered
 AcceptedPartShippingPartCanceled AcceptedReadyForActivation AcceptedActivated
 BackorderedAwaitingMinimumOrder BackorderedAwaitingReceipt BackorderedAwaitingSupply
 BackorderedChasingSupplier BackorderedDateChange BackorderedOnOrderFromOverseas
 BackorderedPriceChange BackorderedTitleChange BackorderedStockTaking
 CanceledByBuyer CanceledCannotSupply CanceledDiscountQuery CanceledDuplicateOrder CanceledInvalid
 CanceledMinimumOrderReq CanceledOutOfTime CanceledPriceQuery CanceledPriceIdentifierMismatch
 CanceledPromotionInvalid CanceledSubstOffered CanceledTryOtherLocation CanceledUnknown
 CanceledRightsRestricted CanceledCannotShipByRequestedDate CanceledSold CanceledStockTaking
 CanceledAdditionalServiceQuery CanceledAccountStopped
 HeldAccountStopped HeldAwaitingBuyerInstruction HeldDiscountQuery HeldFirmOrderRequired
 HeldMinimumOrderReq HeldPriceQuery HeldPriceIdentifierMismatch HeldPromotionInvalid HeldStockTaking
 HeldAdditionalServiceQuery TemporaryHold AwaitingAuthorizationToShip
 AlreadyShipped NotFound NotOnBackorderFile Processing ProcessingAwaitingBuyerInstruction
 ReorderedWrongItemSupplied ReorderedSuppliedShort ReorderedSuppliedDamaged
 ReorderedSuppliedImperfect ReorderedSupplierCannotTrace
 SubstShipping SubstBackordered SubstPartShippingPartBackordered SubstPartShippingPartCanceled `

// Valid reports whether c is one of the published values.
func (c LineCode) Valid() bool {
	return c != "" && !strings.ContainsAny(string(c), " \n") && strings.Contains(strings.ReplaceAll(lineCodes, "\n", " "), " "+string(c)+" ")
}

// Status gives the state of a line that the code stands for: a cancelled line
// is REJECTED, a shipped one FULFILLED, and all others are RECEIVED: the
// receiver has the line and works on it.
func (c LineCode) Status() Status {
	switch {
	case strings.HasPrefix(string(c), "Canceled"), c == "NotFound", c == "NotOnBackorderFile":
		return Rejected
	case c == "AlreadyShipped":
		return Fulfilled
	}
	return Received
}

// CodeFor gives the code that tells the state of a line to a reader of EDItX:
// the one that the receiver gave, else the nearest.
func (l *Line) CodeFor() LineCode {
	if l.Answer.Code != "" {
		return l.Answer.Code
	}
	switch l.Status {
	case Failed:
		return "CanceledUnknown" // it never reached a receiver who could say why
	case Rejected:
		return "CanceledCannotSupply"
	case Fulfilled, FulfilledAssigned, FulfilledBlocked:
		return "AlreadyShipped"
	}
	return "Processing"
}
