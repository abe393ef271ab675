// Package montly speaks the lease orders of Montly: REST with JSON, and the
// letters in which the customer signs. Montly is called LeaseCloud since.
//
// The calls are POST /v1/orders, POST /v1/orders/{orderId}/cancel and /shipped,
// GET /v1/orders/{orderId}/status, GET /v1/tariffs and GET /v1/config, with an
// API key as Bearer token. The words of a path are taken in any case, and all
// stands below /montly as well.
//
//   - A key sees the orders of its own party, and those alone. Keys for trials
//     see trials, which reach no receiver; the others see the real orders.
//   - A pending order is accepted or declined by the finance company. The
//     customer signs an accepted one, and until then the shop can cancel it. The
//     shop ships a signed one; the customer then says that it has arrived, which
//     makes it deliveryApproved. Whatever comes too early or too late is refused
//     with OrderCantBeModified.
//   - An order is priced by the shop's table of tariffs: the percentage of
//     totalAmount, rounded half up to a whole öre.
//   - All fields that cannot be taken are listed at once under error.fields,
//     which is there in every error. Fields of an item are named by its place in
//     the list, from 0: items.0.name.
//   - An orderId is used once. The same order again is refused too.
//   - Callbacks go to the shop's endpoints of the format montly, signed by the
//     text of their secret; 200 alone says that one was taken, and it is tried
//     twelve times within seven days. Those about trials go to endpoints of the
//     format montly.test, because orderId alone would not tell the two apart.
//
// Where it departs from its original, or where the original says nothing:
//
//   - A new order is answered with 201; a missing or wrong key with 401.
//   - The tariff is the shop's table's, whatever the request says; another one
//     in the request is kept and logged. A table that was not set is 24 months
//     at 5 per cent, as in the original's example.
//   - orderId, orgNumber, productId, sku, variationId and serialNumber may be
//     numbers; whole numbers and the tariff may be texts of digits. Members that
//     are not known are left unread, and names count as they are written: vat is
//     not VAT.
//   - A number counts by its value: 24, 24.0 and 2.4E1 are the same months, and
//     the orderId 2026.0 is 2026. What binary floating point leaves beyond the
//     ninth decimal counts for nothing: 1010000.0000000001 is 1010000. Half an öre
//     is refused. An empty list passes for an empty object, as PHP writes it.
//   - An organisation number comes with or without its dash, with 16 in front, or
//     as a VAT number, SE559089430801, with or without SE; what is stored is
//     559089-4308. Other endings than 01 are refused, for none was ever given. It
//     must be one that can exist: with its check digit, not beginning with 0, and
//     below 20 in the third and fourth digit only with a date of birth, or that of
//     a coordination number, with 60 added to the day.
//   - Sole traders, who show a personal number, are let in unless the operator
//     refuses them.
//   - An item may take off: with a unitAmount below 0, or with a quantity below 0,
//     which is handed on as the former; its totalAmount and VAT are not above 0.
//   - Sums that do not add up are kept with a note, unless the operator refuses
//     them: with coupons and fees those of real shops do not, whose items have
//     list prices.
//   - A delivery address may lack fields; each is taken from the bill. Its
//     second line and state belong to its first line and are taken with it.
//   - The first shippedAt counts, in the future too; without an offset it is in
//     UTC. Cancelling again changes nothing.
//   - An orderId may have slashes, and no empty part, as part of an address. In
//     a path they stand as they are, or encoded: 2026/11 and 2026%2F11 are the
//     same order. An encoded slash is part of the id and parts no words. (Behind
//     Apache httpd that takes AllowEncodedSlashes NoDecode.) Characters without
//     width, which come with a copied text, are refused: the id would be another
//     one that looks the same.
//   - One request may have 2 MiB and 1000 items; an amount is at most
//     10^12 öre and a quantity a million.
//   - An address of mail is one that letters can go to, without a name. Its domain
//     may have letters beyond ASCII; where they stand before the @, the mail server
//     must offer SMTPUTF8, else the letter is given up and the operator is told.
//   - The letter to sign goes to authorizedSignatory, else to email; that about
//     the delivery goes to email. Both are in the shop's language, Swedish or
//     English, come with a link for sixty days, and are tried for a month.
//   - Opening a link changes nothing, for mail scanners open every link; the
//     button of its page decides, once. Afterwards, and when the order was
//     cancelled or declined, the page tells so. A letter of an order that went on
//     before the mail server had it is not sent.
//   - Mailer about trials are sent as well, and say that nothing is agreed.
//
// The sandbox decides about trials at once, by orgNumber: 449999-0010 is
// refused with OrderNotAccepted, 449999-0028 is declined, 449999-0036 stays
// pending, 449999-0044 is accepted and waits for the signature. All others are
// accepted and signed.
//
// An order of the core is sent by the shop, to itself as the seller: it finds
// the order in its inbox once the customer has signed. The customer is named as
// the buyer and as the ship-to party by its organisation number, and the finance
// company as the bill-to party. Prices are without VAT, freight is an additional
// service. The request itself is kept as the order's document. Through the other
// dialects the shop may answer the lines of a signed order: RECEIVED is in work,
// FULFILLED of the last line ships the order, REJECTED of all lines declines it
// with the comment as reason. POST shipped makes the lines RECEIVED, and the
// customer's word makes them FULFILLED. Copies are not taken back.
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
