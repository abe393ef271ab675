package editx

import "github.com/bookgate/bookgate/internal/xmlread"

// The limits of what Decode reads. The largest orders known in the trade have
// a few thousand lines; everything here leaves them room and an attacker none.
const (
	// MaxBytes limits a document, as sent and as UTF-8: 10,000 plain lines take less.
	MaxBytes = xmlread.MaxBytes

	// maxLines bounds the ItemDetail elements: each becomes a row, an answer
	// and an entry in every view.
	maxLines = 10_000

	// maxExtensions bounds the elements that are kept as they are: ten for each line
	// of a large order, and no more than a refusal may cost in memory.
	maxExtensions = 5000

	// maxUnknown bounds the elements that are passed over in a document of which
	// nothing is kept: some for each line, and not as many as there may be tags,
	// each of which would be looked at and reported.
	maxUnknown = 4 * maxLines

	// maxFindings bounds the warnings and the refusals that are told of one
	// document, maxFaults those that an answer carries; who made this many
	// mistakes needs no longer list.
	maxFindings = 1000
	maxFaults   = 100

	// maxStored bounds the findings that are stored with an order and shown with
	// it: as many as a refusal has, since one program makes one mistake often.
	maxStored = maxFaults
)

// The limits of what an order may say.
const (
	// maxNumber bounds OrderNumber, which is a key and is shown in every list.
	// EDIFACT allows 35 characters and UUIDs have 36; 70 holds both together.
	maxNumber = 70

	// maxQuantity bounds the copies of one line. A larger number is an EAN in
	// the wrong column.
	maxQuantity = 1_000_000
)
