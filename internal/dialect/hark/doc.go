// Package hark speaks the device orders of Hark: one GraphQL endpoint, at / and
// /graphql, with an API key in the header X-API-KEY. Queries are answered to GET
// as well as to POST; at the root that takes a key and a query, for without them
// GET / is the document of the root. All of it stands below /hark too.
//
// The operations are orderDevice, cancelOrder, order and ordersForUser, in the
// schema graph/schema.graphql. Introspection is on, because the original's own
// sample client begins with it; it is that of October 2021 with isOneOf.
//
// Nothing is ordered by a request that is refused. A document is parsed and
// validated, the variables are brought to their types, and so are the arguments
// of every field that will run, before the first of them does. What is wrong is
// listed with its place in the document, the field at the root that takes it, and
// BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED or GRAPHQL_PARSE_FAILED; such an
// answer has no data. A field that fails later is null and hides nothing of what
// the fields before it ordered: read data as well as errors.
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
//   - Clients that prefer application/graphql-response+json get that type, and
//     400 for a request that was not executed (GraphQL over HTTP).
//   - A list of up to 20 requests in one POST is answered by a list, in order.
//     Each is executed or refused by itself; together they have the limits of
//     one request.
//   - Ordering twice makes two orders, as in the original.
//
// Where it departs from its original, or where the original says nothing:
//
//   - The names of the types are ours.
//   - Names have at most 100 characters, externalUserId at most 200. Control
//     characters are refused everywhere.
//   - A phone number has 8 digits, in groups with blanks of any kind between or
//     not, without +47.
//   - Lists are newest first and end after 1000 orders.
//   - One request may have 64 KiB, 4000 words and marks, 16 levels, 20 aliases,
//     2000 fields and ten of orderDevice and ordersForUser together (see
//     limits.go).
//
// What of GraphQL is not here, and why:
//
//   - Persisted queries: the hash of a query in its place is answered with
//     PERSISTED_QUERY_NOT_SUPPORTED, on which clients send the whole query.
//     Queries of strangers are not stored.
//   - Mutations by GET are 405: browsers and proxies repeat a GET as they please.
//   - Subscriptions, @defer and @stream: changes go to webhookCallbackUrl, and
//     answers are small. Deprecated directives cannot be asked about; that is
//     an experiment of graphql-js, and in no edition of the specification.
//
// The executor is made by gqlgen, and gqlparser parses and validates. Both are
// less strict about values than the specification, and gqlgen reads the
// arguments of a field when it comes to it, so coerce.go and arguments.go stand
// between them: the executor finds each argument as a value that was checked.
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
