// Package installer speaks the installation orders of Installer.com: JSON over
// REST, at POST and GET /api/v1/order and GET /api/v1/order/{id}, and at the same
// paths under /installer.
//
//   - A key is sent as Authorization: Bearer, and has the permissions
//     order:create and order:read. It sees the orders of its own party, the
//     router, and those alone. Keys for trials see trials, which reach no
//     receiver; the others see the real orders.
//   - An order is answered with 201 and its id under id, value and orderId,
//     because clients of different years look under each. There are no pages for
//     end customers here, so clientUrl is null.
//   - A repeated idempotencyKey is refused with 400, whatever else the order
//     says, and the first order is named under orderId and displayId; with 409
//     for a key of bookgate key add --installer-duplicate 409. A refused order
//     uses no key up.
//   - Every refusal has the members error, message and statusCode, those of a
//     stranger nothing else. All values that cannot be taken are listed at once
//     under details, each with its path. Members that are not known are left
//     alone.
//   - Phone numbers are those that npm libphonenumber-js takes, with + or the
//     prefix of calls abroad of any country, else of countryCode: by its default
//     metadata, which know the length and the general pattern of a country's
//     numbers, or with --installer-phone-rules max by the patterns of each kind,
//     which refuse more. Blanks, hyphens, digits and plus signs may be of all the
//     scripts that it knows, and an extension may follow; a number is shown as it
//     was written. Letters for digits are not taken.
//   - Amounts and the rate of tax may be texts of digits, and are shown as numbers.
//   - A number counts by its value: 2, 2.0 and 20e-1 are one quantity. What binary
//     floating point leaves beyond the ninth decimal counts for nothing
//     (100000.00000000001 is 100000); 1990.5 is no amount, and is refused.
//   - An empty list passes for an empty object and the other way round, because
//     PHP writes the one and Lua the other for both; a list written as an object
//     with the members 0, 1, 2 is refused.
//   - An order is read as it was written, and with what became of it. When its
//     request was erased or is kept no longer, what the exchange knows of it is
//     shown. Nothing is deleted: that is as in the original.
//   - A new order is Created, and Dispatching when it lies ready for its
//     installer; In Progress when the installer has begun to answer its lines;
//     Completed when all of them are FULFILLED, Declined when all are REJECTED,
//     and Cancelled when the router took back all that was left, or when no
//     installer was found. The last three are final. Lines that the installer
//     rejected or the router took back are waited for by nobody.
//   - An endpoint of the format installer is told order.created,
//     order.dispatched, order.assigned (the installer began), order.completed,
//     order.cancelled, and order.updated (declined; something taken back; personal
//     data erased), as {event, timestamp, organizationId, data}, with the headers
//     that its owner gave it, and has 5 seconds to answer 2xx; of trials like of
//     real orders. No signature is published for the original, so there is none. order.deleted, the events of
//     bookings and those of workflow steps are never told, because none of these
//     happens here; nor are there notifications from templates.
//
// Where it departs from its original, or where the original says nothing:
//
//   - The paths for reading, their parameters and {values, count} follow another
//     list of the same interface; filters by status (number or word) and by
//     idempotencyKey are ours. What is looked for by a status, a key or a displayId
//     is looked for among 5000 orders, from the end at which the list begins.
//   - The numbers of the statuses beyond 0 are ours, and statusName is. Nothing is
//     ever Scheduled, because no time is booked here.
//   - The guide lets an installer decline as long as an order is Dispatching. Here
//     RECEIVED means no more than that the installer has it, so that it may be
//     declined afterwards as well.
//   - A displayId looks like BG-7K3QX-9M2TR, and no idempotencyKey may. An
//     empty idempotencyKey is none.
//   - organizationId in events is the router's number at this exchange.
//   - x of the coordinates is the longitude.
//   - payerTotalAmount and payerTotalVatAmount of a line are counted here: the
//     quantity times the amount less the discount, and the tax in it or on it,
//     rounded half up for each line.
//   - workflowId and workflowCustomId may stand beside each other: which workflows
//     there are is not known here.
//   - A discount stands in discountUnitAmount and is not greater than its amount.
//     Amounts have 32 bits and are not negative, so there is no line that takes
//     off; a rate goes up to 100 %, quantities to a million. The lengths of texts
//     and lists are ours (see texts.go and request.go); a body has at most 256 KiB.
//   - Countries are those of ISO 3166-1, currencies those of ISO 4217.
//
// An order of the core has a line for each of the offer, with externalId as EAN13
// when it is one, else SKU, productId under the scheme Seller, its name, its
// description as a message, and what the payer pays for one. Without an offer it
// has one line of the product installation. It is shipped to the client, billed to
// the router or, when the client pays, to the client. The seller is the first
// organisation of actorAssignments that is a party here (its id, in lower-case
// letters, as an alias), else the router's default seller. The number is the
// idempotencyKey, else the displayId. The description is a message, in plain text.
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
