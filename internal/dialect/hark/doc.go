// Package hark speaks the device orders of Hark: one GraphQL endpoint, at POST
// / and POST /graphql, with an API key in the header X-API-KEY. Queries are
// answered to GET /graphql as well. All of it stands below /hark too.
//
// The operations are orderDevice, cancelOrder, order and ordersForUser.
// Introspection is on, because the original's own sample client begins with it.
//
//   - A key has the permissions order:create, order:read and order:cancel. It
//     sees the orders of its own party, and those alone. Keys for trials see
//     trials, which reach no receiver; the others see the real orders.
//   - ORDERED becomes IN_PROGRESS when the seller marks the line RECEIVED, and
//     SHIPPED when it marks it FULFILLED with the facts deviceId (8 characters)
//     and trackingLink. An order that the seller rejects, that cancelOrder
//     withdrew, or that found no receiver is CANCELLED. SHIPPED and CANCELLED
//     are final. cancelOrder needs ORDERED.
//   - webhookCallbackUrl is sent the six documented members, as a POST of JSON,
//     at every change of the status after the order was placed. What is not
//     known yet is left out. Any 2xx means that it was taken; else it is tried
//     again for days, and a later change waits for an earlier one.
//   - Errors have a code under extensions. All fields that cannot be taken are
//     listed at once under extensions.fields. Problems of GraphQL come with
//     HTTP 200; a request without a good key gets 401, one that cannot be read
//     4xx, each with the same body.
//   - Ordering twice makes two orders, as in the original.
//
// Where it departs from its original, or where the original says nothing:
//
//   - The names of the types are ours.
//   - Names have at most 100 characters, externalUserId at most 200. Control
//     characters are refused everywhere.
//   - A phone number has 8 digits, in groups or not, without +47.
//   - Lists are newest first and end after 1000 orders.
//   - One request may have 64 KiB, 16 levels, 20 aliases, 2000 fields and ten
//     of orderDevice and ordersForUser together (see limits.go).
//
// An order of the core is one line of one product under the scheme Proprietary
// (HarkDeviceType), shipped to the recipient under the scheme
// SellersAccountNumber with externalUserId, billed to the intermediary, and
// delivered by the sender's default seller. The number of the order is the
// orderId. The request itself is kept as the order's document.
//
// What other dialects do not show of a device order, and EDItX has no place for:
//
//   - subscriptionType
//   - webhookCallbackUrl
//   - deviceId
//   - trackingLink
//   - where the first name ends and the last name begins
//   - the seconds of the time of ordering, in EDItX
//
// What a device order does not show of what other dialects know: the seller,
// comments and other answers to the line, the history.
package hark
