// Package boknett speaks the order API of the Norwegian book trade: tickets,
// access tokens and orders. Its manual is docs/api/boknett.md, with
// docs/api/feed-and-events.md, docs/api/webhooks.md and docs/editx.md.
//
// Three surfaces carry the same operations: /orders and /orders/v1 with the
// legacy documents, whose bytes do not change, and /v2/orders in clean HAL with
// everything that is known. Links stay on the surface that a request came in on.
//
// A request is authenticated (routes.go), read into core values, and passed
// to order.Exchange; what comes back is written by hal or editx. Real clients
// set the traps that this package walks around; traps_test.go shows each.
//
// Where it departs from its original, always towards more:
//
//   - Lists have a Next header with a cursor, and take next and pagesize.
//     Without them the whole list comes. mode is required, as the newest page
//     says; early versions took ALL when it was absent, as /v2/orders does.
//   - Orders and lists have strong ETags that name the store's epoch. A tag that
//     a proxy weakened or lengthened is read as the tag it names, for If-Match
//     too, against RFC 9110, 13.1.1. If-Modified-Since is ignored.
//   - Errors are problem documents (RFC 9457); the original says "40x". The
//     token service keeps the error form of OAuth 2.0. What is no longer stored
//     is 410 for those who could see it.
//   - The Date header is checked with the Boknett scheme only, and not on
//     /v2/events, where EventSource repeats its first headers.
//   - An order shows why it failed; /editx/original returns the sender's bytes.
//   - Lines have a self link in the legacy documents too, and GET answers them.
//   - POST /v2/orders answers 201 with the order; the same order again is
//     answered in the same way, with Idempotency-Replayed.
//   - POST /orders also accepts an EDItXMessage, GET …/message returns one, and
//     order responses, status reports and cancellations are EDItX documents.
//   - A line response takes one L or two in every FULFILLED word, code,
//     expected_date, quantities and substitute, and for an order of another
//     dialect its attributes. The legacy document keeps its shape.
//   - /v2/feed, /v2/events and /v2/webhooks carry changes to clients.
//   - A number in JSON counts by its value, and the rest that binary floating
//     point leaves is dropped. An empty list passes for an empty object and the
//     other way round.
//
// What other dialects do not show of a document, and neither HAL nor EDItX has,
// so that it is found in …/editx/original alone:
//
//   - comments between the elements
//   - version, of EDItX, that the document says it has
package boknett
