// Package hark speaks the device orders of Hark: one GraphQL endpoint at / and
// /graphql, with an API key in X-API-KEY. Its manual is docs/api/hark.md.
//
// Nothing is ordered by a request that is refused: the document is parsed and
// validated, and the variables and the arguments of every field that will run
// are brought to their types, before the first field runs. gqlgen executes, and
// gqlparser parses and validates. Both are less strict about values than the
// specification, and gqlgen reads the arguments of a field when it comes to it,
// so coerce.go stands between them: the executor finds each argument as a value
// that was checked.
//
// An order of the core is one line of one product under the scheme Proprietary
// (HarkDeviceType), shipped to the recipient under the scheme
// SellersAccountNumber with externalUserId, billed to the intermediary, and
// delivered by the sender's default seller. Its number is the orderId. The
// request itself is stored as the order's document.
//
// Where it departs from its original, or where the original says nothing:
//
//   - The names of the types are ours.
//   - Names have at most 100 characters, externalUserId at most 200. Control
//     characters are refused everywhere.
//   - A phone number has 8 digits, in groups with blanks of any kind between or
//     not, without +47.
//   - Lists are newest first and end after 1000 orders.
//   - Requests are limited (limits.go): 64 KiB, 4000 tokens, 16 levels, 20
//     aliases, 2000 fields, ten of orderDevice and ordersForUser together, and 20
//     requests in a list, which share these limits.
//   - Persisted queries are answered with PERSISTED_QUERY_NOT_SUPPORTED, on which
//     clients send the whole query. Mutations by GET are 405.
//   - Subscriptions, @defer and @stream are not supported, nor introspection of
//     deprecated directives, which is in no edition of the specification.
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
