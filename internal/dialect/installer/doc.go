// Package installer speaks the installation orders of Installer.com: JSON over
// REST at /api/v1/order, with an API key as Bearer token. Its manual is
// docs/api/installer.md.
//
// An order is read as it was written, and with what became of it. When its
// request was erased or is no longer stored, what the exchange knows of it is
// returned. Nothing is deleted, as in the original.
//
// An order of the core has a line for each of the offer, with externalId as EAN13
// when it is one, else SKU, productId under the scheme Seller, its name, its
// description as a message, and what the payer pays for one. Without an offer it
// has one line of the product installation. It is shipped to the client, billed to
// the router or, when the client pays, to the client. The seller is the first
// organisation of actorAssignments that is a party here (its id, in lower case,
// as an alias), else the router's default seller. The number is the
// idempotencyKey, else the displayId. The description is a message, in plain text.
//
// Where it departs from its original, or where the original says nothing:
//
//   - The id of a new order is under id, value and orderId, because clients of
//     different years look under each. clientUrl is null.
//   - A repeated idempotencyKey is 400, or 409 for a key of
//     bookgate key add --installer-duplicate 409. A refused order uses no key up;
//     an empty one is none.
//   - The paths for reading, their parameters and {values, count} follow another
//     list of the same interface; filters by status and by idempotencyKey are
//     ours. A search by a status, a key or a displayId covers 5000 orders.
//   - The numbers of the statuses beyond 0 are ours, and statusName is. Nothing is
//     ever Scheduled, because no time is booked here.
//   - The guide lets an installer decline as long as an order is Dispatching. Here
//     RECEIVED only means that the installer has it, so that it may be declined
//     afterwards as well.
//   - A displayId looks like BG-7K3QX-9M2TR, and no idempotencyKey may.
//   - Phone numbers are those that npm libphonenumber-js accepts by its default
//     metadata, or with --installer-phone-rules max by the patterns of each kind.
//   - organizationId in events is the router's number at this exchange. Events have
//     no signature, because none is published for the original.
//   - x of the coordinates is the longitude.
//   - payerTotalAmount and payerTotalVatAmount of a line are computed here: the
//     quantity times the amount less the discount, and the tax in it or on it,
//     rounded half up for each line.
//   - workflowId and workflowCustomId may stand beside each other.
//   - A discount is not greater than its amount. Amounts have 32 bits and are not
//     negative; a rate goes up to 100 %, quantities to a million. The lengths of
//     texts and lists are ours (text.go, request.go); a body has at most 256 KiB.
//   - A number counts by its value, and texts of digits are amounts too. An empty
//     list passes for an empty object and the other way round.
//   - Countries are those of ISO 3166-1, currencies those of ISO 4217.
//
// What other dialects do not show of an installation, and EDItX has no place for:
//
//   - name, where the offer has lines
//   - workplace
//   - latitude and longitude
//   - the looks of a rich description
//   - fileIds
//   - orderTagIds
//   - metadata
//   - workflowId and workflowCustomId
//   - customFields
//   - actorAssignments
//   - offer.name
//   - imageUrl
//   - isPaid
//   - vatRate
//   - discountUnitAmount and discountSourceType
//   - installerPayoutUnitAmount
//   - the seconds of the time of ordering, in EDItX
//
// What this dialect does not show of what other dialects know: the seller, the
// answers to single lines, the history.
package installer
