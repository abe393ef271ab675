package editx

// lineCodes are the order line statuses of EDItEUR and BIC, for who misspelt
// one. Which are valid is order.LineCode's to say; a test compares.
var lineCodes = codes{
	"AcceptedShipping", "AcceptedBackordered", "AcceptedPartShippingPartBackordered", "AcceptedPartShippingPartCanceled",
	"AcceptedReadyForActivation", "AcceptedActivated",
	"BackorderedAwaitingMinimumOrder", "BackorderedAwaitingReceipt", "BackorderedAwaitingSupply", "BackorderedChasingSupplier",
	"BackorderedDateChange", "BackorderedOnOrderFromOverseas", "BackorderedPriceChange", "BackorderedTitleChange", "BackorderedStockTaking",
	"CanceledByBuyer", "CanceledCannotSupply", "CanceledDiscountQuery", "CanceledDuplicateOrder", "CanceledInvalid",
	"CanceledMinimumOrderReq", "CanceledOutOfTime", "CanceledPriceQuery", "CanceledPriceIdentifierMismatch", "CanceledPromotionInvalid",
	"CanceledSubstOffered", "CanceledTryOtherLocation", "CanceledUnknown", "CanceledRightsRestricted", "CanceledCannotShipByRequestedDate",
	"CanceledSold", "CanceledStockTaking", "CanceledAdditionalServiceQuery", "CanceledAccountStopped",
	"HeldAccountStopped", "HeldAwaitingBuyerInstruction", "HeldDiscountQuery", "HeldFirmOrderRequired", "HeldMinimumOrderReq",
	"HeldPriceQuery", "HeldPriceIdentifierMismatch", "HeldPromotionInvalid", "HeldStockTaking", "HeldAdditionalServiceQuery",
	"TemporaryHold", "AwaitingAuthorizationToShip",
	"AlreadyShipped", "NotFound", "NotOnBackorderFile", "Processing", "ProcessingAwaitingBuyerInstruction",
	"ReorderedWrongItemSupplied", "ReorderedSuppliedShort", "ReorderedSuppliedDamaged", "ReorderedSuppliedImperfect", "ReorderedSupplierCannotTrace",
	"SubstShipping", "SubstBackordered", "SubstPartShippingPartBackordered", "SubstPartShippingPartCanceled",
}
