// Package montly is the API for the lease orders of Montly: REST with JSON, and
// the e-mails in which the customer signs. Montly is called LeaseCloud today.
//
// The calls are POST /v1/orders, POST /v1/orders/{orderId}/cancel and /shipped,
// GET /v1/orders/{orderId}/status, GET /v1/tariffs and GET /v1/config, with an
// API key as Bearer token. Paths are case-insensitive, and all of them exist below
// /montly as well.
//
//   - A key sees the orders of its own party only. Test keys see test orders, which
//     reach no receiver; live keys see live orders.
//   - A pending order is accepted or declined by the finance company. The
//     customer signs an accepted one, and until then the shop can cancel it. The
//     shop ships a signed one; the customer then confirms the delivery, which
//     makes it deliveryApproved. A call in another state is refused with
//     OrderCantBeModified.
//   - An order is priced by the shop's table of tariffs: the percentage of
//     totalAmount, rounded half up to a whole öre.
//   - All invalid fields are listed at once under error.fields, which is present
//     in every error. Fields of an item are named by its position in the list,
//     from 0: items.0.name.
//   - An orderId is used once. The same order again is refused too.
//   - Callbacks are sent to the shop's endpoints of the format montly, signed with
//     the text of their secret. Only 200 accepts one; there are twelve attempts
//     within seven days. Callbacks about test orders are sent to endpoints of the
//     format montly.test, because orderId alone does not tell them apart.
//
// Where it departs from its original, or where the original says nothing:
//
//   - A new order is answered with 201; a missing or wrong key with 401.
//   - The tariff is that of the shop's table, whatever the request says; another
//     one in the request is stored and logged. Without a table it is 24 months at
//     5 per cent, as in the original's example.
//   - orderId, orgNumber, productId, sku, variationId and serialNumber may be
//     numbers; whole numbers and the tariff may be texts of digits. Unknown
//     members are ignored, and names are case-sensitive: vat is not VAT.
//   - Numbers are compared by value: 24, 24.0 and 2.4E1 are the same months, and
//     the orderId 2026.0 is 2026. Rounding errors of binary floating point beyond
//     the ninth decimal are ignored: 1010000.0000000001 is 1010000. Half an öre is
//     refused. An empty list is accepted as an empty object, as PHP writes it.
//   - An organisation number comes with or without its dash, with 16 in front, or
//     as a VAT number, SE559089430801, with or without SE; what is stored is
//     559089-4308. Other endings than 01 are refused, because none was ever issued.
//     It must be one that can exist: with its check digit, not beginning with 0,
//     and below 20 in the third and fourth digit only with a date of birth, or that
//     of a coordination number, with 60 added to the day.
//   - Sole traders, who have a personal number, are accepted unless the operator
//     rejects them.
//   - An item may be a deduction: with a unitAmount below 0, or with a quantity
//     below 0, which is handed on as the former; its totalAmount and VAT are not
//     above 0.
//   - Sums that do not add up are accepted and logged, unless the operator rejects
//     them: with coupons and fees those of real shops do not, because the items
//     have list prices.
//   - A delivery address may lack fields; each is taken from the billing address.
//     Its second line and state belong to its first line and are taken with it.
//   - The first shippedAt counts, also one in the future; without an offset it is
//     in UTC. Cancelling again changes nothing.
//   - An orderId may have slashes, and no empty part. In a path they are written as
//     they are, or encoded: 2026/11 and 2026%2F11 are the same order. An encoded
//     slash is part of the id. (Behind Apache httpd that requires
//     AllowEncodedSlashes NoDecode.) Characters without width, which come with
//     copied text, are refused: the id would be another one that looks the same.
//   - A request may have 2 MiB and 1000 items; an amount is at most 10^12 öre and
//     a quantity a million.
//   - An e-mail address is one that can receive e-mails, without a name. Its domain
//     may have letters beyond ASCII; for those before the @, the mail server must
//     offer SMTPUTF8, else the delivery fails and the operator is notified.
//   - The e-mail to sign goes to authorizedSignatory, else to email; that about
//     the delivery goes to email. Both are in the shop's language, Swedish or
//     English, have a link for sixty days, and are tried for a month.
//   - Opening a link changes nothing, because mail scanners open every link; the
//     button of its page decides, once. Afterwards, and when the order was
//     cancelled or declined, the page says so. An e-mail about an order that has
//     left the step is not sent.
//   - E-mails about test orders are sent as well, and say that no agreement is
//     made.
//
// The sandbox decides on test orders at once, by orgNumber: 449999-0010 is
// refused with OrderNotAccepted, 449999-0028 is declined, 449999-0036 stays
// pending, 449999-0044 is accepted and waits for the signature. All others are
// accepted and signed.
//
// An order of the core is sent by the shop, to itself as the seller: it finds
// the order in its inbox once the customer has signed. The customer is named as
// the buyer and as the ship-to party by its organisation number, and the finance
// company as the bill-to party. Prices are without VAT, freight is an additional
// service. The request itself is stored as the order's document. Through the other
// APIs the shop may answer the lines of a signed order: RECEIVED is in progress,
// FULFILLED of the last line ships the order, REJECTED of all lines declines it
// with the comment as reason. POST shipped makes the lines RECEIVED, and the
// customer's confirmation makes them FULFILLED. Copies cannot be taken back.
//
// What other dialects do not show of a lease order, and EDItX has no place for:
//
//   - totalAmount
//   - VAT of items and of the order
//   - months
//   - tariff
//   - monthlyAmount
//   - customerIp
//   - authorizedSignatory
//   - serialNumber
//   - attributes
//   - where the first name ends and the last name begins
//   - the seconds of the time of ordering, in EDItX
//
// What a lease order does not show of what other dialects have: the answers to
// single lines, the history.
package montly
