// Package montly speaks the lease orders of Montly, now LeaseCloud: JSON over
// REST with an API key as Bearer token, and the e-mails in which the customer
// signs. Its manual is docs/api/montly.md.
//
// A pending order is accepted or declined by the finance company. The customer
// signs an accepted one, and until then the shop can cancel it. The shop ships a
// signed one; the customer then confirms that it has arrived, which makes it
// deliveryApproved. What comes too early or too late is refused.
//
// An order of the core is sent by the shop, to itself as the seller: it finds
// the order in its inbox once the customer has signed. The customer is named as
// the buyer and as the ship-to party by its organisation number, and the finance
// company as the bill-to party. Prices are without VAT, freight is an additional
// service. The request itself is stored as the order's document. Through the other
// dialects the shop may answer the lines of a signed order: RECEIVED is in work,
// FULFILLED of the last line ships the order, REJECTED of all lines declines it
// with the comment as reason. POST shipped makes the lines RECEIVED, and the
// customer's confirmation makes them FULFILLED. Copies are not taken back.
//
// Where it departs from its original, or where the original says nothing:
//
//   - A new order is answered with 201; a missing or wrong key with 401.
//   - The tariff is the shop's table's, whatever the request says; another one
//     in the request is stored and logged. Without a table it is 24 months at 5 per
//     cent, as in the original's example.
//   - orderId, orgNumber, productId, sku, variationId and serialNumber may be
//     numbers; whole numbers and the tariff may be texts of digits. Unknown members
//     are ignored, and names count as they are written: vat is not VAT.
//   - A number counts by its value, and what binary floating point leaves beyond
//     the ninth decimal is dropped. Half an öre is refused. An empty list passes for
//     an empty object.
//   - An organisation number comes with or without its dash, with 16 in front, or
//     as a VAT number; what is stored is 559089-4308. It must be one that can exist
//     (orgnumber.go).
//   - Sole traders, who show a personal number, are accepted unless the operator
//     refuses them. So are sums that do not add up, with a note: those of real shops
//     do not, whose items have list prices.
//   - An item may take off: with a unitAmount or a quantity below 0; its totalAmount
//     and VAT are not above 0.
//   - A delivery address may lack fields; each is taken from the bill.
//   - The first shippedAt counts, in the future too; without an offset it is in
//     UTC. Cancelling again changes nothing.
//   - An orderId may have slashes, encoded or not, and no empty part. Characters
//     without width are refused: the id would be another one that looks the same.
//   - One request may have 2 MiB and 1000 items; an amount is at most 10^12 öre and a
//     quantity a million.
//   - The e-mail to sign goes to authorizedSignatory, else to email; that about
//     the delivery goes to email. Opening its link changes nothing, because mail
//     scanners open every link; the button of its page decides, once.
//   - Callbacks about test orders go to endpoints of the format montly.test, because
//     orderId alone does not distinguish them.
//   - The sandbox decides about test orders at once, by orgNumber (sandbox.go).
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
// What a lease order does not show of what other dialects know: the answers to
// single lines, the history.
package montly
